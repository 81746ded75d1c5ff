/** Which key does something get by its name? "More room, on phones" gets more_room_on_phones. */

const LONGEST = 64;

export const keyFor = (name: string): string =>
  name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/\p{Mark}/gu, "")
    .replace(/[^a-z0-9]+/g, "_")
    .slice(0, LONGEST)
    .replace(/^_|_$/g, "");

type Named = Readonly<{ name: string; key: string }>;

/** The key follows the name until somebody writes another one. */
export const renamed = ({ name: before, key }: Named, name: string): Named => ({
  name,
  key: key === keyFor(before) ? keyFor(name) : key,
});
