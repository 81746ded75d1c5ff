/** How does GraphiQL open signed in? It asks this page, and only the window opened here, on this origin, is answered. */
import { type MouseEvent, useEffect, useRef } from "react";
import { useSession } from "./signed-in";

const ADDRESS = "../graphiql/";

export function GraphiqlLink() {
  const { session } = useSession();
  const opened = useRef(new Set<Window>());
  useEffect(() => {
    const answer = ({ origin, source, data }: MessageEvent) => {
      const asker = [...opened.current].find((one) => one === source);
      if (asker && origin === location.origin && isQuestion(data)) {
        asker.postMessage({ attuneToken: session.token }, location.origin);
      }
    };
    addEventListener("message", answer);
    return () => removeEventListener("message", answer);
  }, [session.token]);
  const open = (event: MouseEvent) => {
    const page = window.open(ADDRESS, "_blank");
    if (!page) return; // the browser opens no window: the link leads there, without the token
    opened.current.add(page);
    event.preventDefault();
  };
  return (
    <a href={ADDRESS} onClick={open}>
      GraphiQL <span aria-hidden="true">↗</span>
    </a>
  );
}

const isQuestion = (data: unknown): boolean =>
  typeof data === "object" && data !== null && "attuneAsks" in data && data.attuneAsks === "token";
