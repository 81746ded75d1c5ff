/** Where is somebody who arrives at a page? At its heading, as soon as it has one, and the title of the window says so. */
import { focusPart } from "@attune/interface/kept-focus";
import { type RefObject, useEffect } from "react";
import { useHashLocation } from "wouter/use-hash-location";

/** `section`: what the page belongs to. */
export function useArrivals(main: RefObject<HTMLElement | null>, section: string): void {
  const [where] = useHashLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: each location is arrived at
  useEffect(() => {
    const page = main.current;
    if (!page) return;
    arriveAt(page);
    let isWaiting = document.activeElement === page;
    const look = () => {
      const heading = headingOf(page);
      entitle(heading?.textContent ?? section, section);
      if (!isWaiting || !heading) return;
      isWaiting = false;
      if (document.activeElement === page) focusPart(heading); // nobody went further meanwhile
    };
    look();
    const observer = new MutationObserver(look);
    observer.observe(page, { childList: true, subtree: true, characterData: true });
    return () => observer.disconnect();
  }, [main, where, section]);
}

/** Where the page begins. */
export const arriveAt = (page: HTMLElement): void => focusPart(headingOf(page) ?? page);

export function entitle(page: string, section = page): void {
  document.title = [...new Set([page, section, "Attune"])].join(" · ");
}

/** Not that of a page which is hidden until the next one is loaded. */
const headingOf = (page: HTMLElement) => [...page.querySelectorAll("h1")].find((heading) => heading.checkVisibility());
