/** What does a part of a page show when there is nothing to show (yet)? */
import type { ReactNode } from "react";
import { Button } from "react-aria-components";
import type { CombinedError } from "urql";

export function Loading({ what }: { what: string }) {
  return (
    <div className="state" data-kind="loading" role="status">
      Loading {what} …
    </div>
  );
}

export function Empty({ children }: { children: ReactNode }) {
  return (
    <div className="state" data-kind="empty">
      {children}
    </div>
  );
}

export function Failed({ error, again }: { error: CombinedError; again?: () => void }) {
  return (
    <div className="state" data-kind="failed" role="alert">
      <p>{inWords(error)}</p>
      {again && <Button onPress={again}>Try again</Button>}
    </div>
  );
}

/** What is shown was true once; whether it still is cannot be asked. */
function Outdated({ error, again }: { error: CombinedError; again?: () => void }) {
  return (
    <div className="state" data-kind="outdated" role="alert">
      <p>{inWords(error)} What is shown may be outdated.</p>
      {again && <Button onPress={again}>Try again</Button>}
    </div>
  );
}

type Result<Data> = Readonly<{ data?: Data; error?: CombinedError; fetching: boolean }>;

/** Data once there is some; until then, why there is none. */
export function Loaded<Data>(props: {
  result: Result<Data>;
  what: string;
  again?: () => void;
  children: (data: Data) => ReactNode;
}) {
  const { result, what, again, children } = props;
  if (result.data) {
    return (
      <>
        {result.error && <Outdated error={result.error} again={again} />}
        {children(result.data)}
      </>
    );
  }
  if (result.error) return <Failed error={result.error} again={again} />;
  return <Loading what={what} />;
}

export function inWords({ networkError, graphQLErrors, response }: CombinedError): string {
  if (!networkError) return graphQLErrors.map(told).join(" ");
  const { status, headers } = (response ?? {}) as Partial<Response>;
  if (status === TOO_MANY) {
    const seconds = headers?.get("retry-after");
    return `The engine is asked too much just now. Try again ${seconds ? `in ${seconds} seconds` : "in a while"}.`;
  }
  // Without a body that an engine writes: something between here and there answered.
  if (status && status >= FAILURE) return `Something before the engine answers instead of it, with status ${status}.`;
  return "The engine cannot be reached. Is it running?";
}

/** What went wrong inside is told only in the engine's log. */
const told = ({ message, extensions }: CombinedError["graphQLErrors"][number]): string =>
  extensions.requestId ? `${message}: the engine's log says more of request ${extensions.requestId}.` : message;

const TOO_MANY = 429;
const FAILURE = 400;
