/** Where is somebody who arrives at a page? At its heading, as soon as it has one, and the title of the window says so. */
import { type RefObject, useEffect } from "react";
import { useHashLocation } from "wouter/use-hash-location";

/** `section`: what the page belongs to. */
export function useArrivals(main: RefObject<HTMLElement | null>, section: string): void {
  const [where] = useHashLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: each location is arrived at
  useEffect(() => {
    if (main.current) arriveAt(main.current);
  }, [main, where]);
  useEffect(() => {
    const page = main.current;
    if (!page) return;
    const look = () => {
      entitle(headingOf(page)?.textContent ?? section, section);
      if (document.activeElement === page) arriveAt(page); // still waiting for its heading
    };
    const observer = new MutationObserver(look);
    observer.observe(page, { childList: true, subtree: true, characterData: true });
    look();
    return () => observer.disconnect();
  }, [main, section]);
}

/** Where the page begins. */
export function arriveAt(page: HTMLElement): void {
  const start = headingOf(page) ?? page;
  start.tabIndex = -1;
  start.focus();
}

export function entitle(page: string, section = page): void {
  document.title = [...new Set([page, section, "Attune"])].join(" · ");
}

/** Not that of a page which is hidden until the next one is loaded. */
const headingOf = (page: HTMLElement) => [...page.querySelectorAll("h1")].find((heading) => heading.checkVisibility());
