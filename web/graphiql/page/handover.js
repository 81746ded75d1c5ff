// How does the console's token come here? In a message from the page that opened this one: in no address, in no storage.

/** Asks whoever opened this page, if it is of the same origin; `take` gets the token. */
export function askOpener(take) {
  const { opener } = window;
  if (opener === null) return;
  addEventListener("message", ({ origin, source, data }) => {
    if (origin === location.origin && source === opener && typeof data?.attuneToken === "string") take(data.attuneToken);
  });
  opener.postMessage({ attuneAsks: "token" }, location.origin);
}
