/** What is wrong, and where? */
export function Problems({ of }: { of: readonly { message: string; path: readonly string[] }[] }) {
  return (
    <div role="alert">
      <ul className="plain stack bad">
        {of.map(({ message, path }) => (
          <li key={`${path.join(".")} ${message}`}>
            {message} <span className="soft mono">{path.slice(1).join(".")}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
