/** Where is the focus when what had it is gone? At what stands in its place, so that a keyboard goes on from there. */

const FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex]";

type Gap = Readonly<{ place: Node; before: Node | null }>;

/** Watches everything inside `root`; the focus never leaves its `<main>` by itself. Returns what ends that. */
export function keepFocus(root: HTMLElement): () => void {
  let held: Element | null = null;
  const hold = ({ target }: FocusEvent) => {
    held = target as Element;
  };
  const leave = () => {
    held = null; // who points somewhere else meant to leave; what is pressed gets the focus after this
  };
  const observer = new MutationObserver((records) => {
    if (!held || !isLost(held)) return;
    const gap = gapOf(held, records);
    if (gap) fill(gap, root);
  });
  root.addEventListener("focusin", hold);
  root.addEventListener("pointerdown", leave);
  observer.observe(root, { childList: true, subtree: true, attributeFilter: ["disabled"] });
  return () => {
    root.removeEventListener("focusin", hold);
    root.removeEventListener("pointerdown", leave);
    observer.disconnect();
  };
}

const isDisabled = (element: Element) => element.matches(":disabled");

function isLost(held: Element): boolean {
  const now = document.activeElement;
  return now === null || now === document.body || (now === held && isDisabled(held));
}

/** Where it was: inside `place`, after `before`. Nothing if it is still there: then somebody took the focus away. */
function gapOf(held: Element, records: readonly MutationRecord[]): Gap | null {
  if (held.isConnected) {
    return isDisabled(held) && held.parentNode ? { place: held.parentNode, before: held.previousSibling } : null;
  }
  let gone: Node = held;
  for (;;) {
    const removal = records.find(({ removedNodes }) => [...removedNodes].some((node) => node.contains(gone)));
    if (!removal) return null;
    const { target: place, previousSibling: before } = removal;
    if (place.isConnected) return { place, before };
    gone = place;
  }
}

/** What comes next in the same part of the page, or else before it; a page that has nothing gets the focus itself. */
function fill({ place, before }: Gap, root: HTMLElement): void {
  let last = before;
  for (let part = place as Element | null; part && root.contains(part); part = part.parentElement) {
    if (part.matches("main")) break;
    const inside = [...part.querySelectorAll<HTMLElement>(FOCUSABLE)];
    const isAfter = (one: Element) =>
      !last?.isConnected || Boolean(last.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING);
    const after = inside.filter((one) => isAfter(one) && !last?.contains(one));
    const earlier = inside.filter((one) => !after.includes(one)).toReversed();
    if ([...after, ...earlier].some(takesFocus)) return;
    last = part.previousSibling;
  }
  const main = root.querySelector("main");
  if (main) focusPart(main);
}

/** A part of the page that has no place in the keyboard's order; who points at it later does not focus it. */
export function focusPart(part: HTMLElement): void {
  part.tabIndex = -1;
  part.focus();
  const leave = () => {
    if (document.activeElement === part) return; // only the window was left
    part.removeAttribute("tabindex");
    part.removeEventListener("blur", leave);
  };
  part.addEventListener("blur", leave);
}

/** The first thing inside that can be used. */
export const focusWithin = (part: Element): boolean =>
  [...part.querySelectorAll<HTMLElement>(FOCUSABLE)].some(takesFocus);

function takesFocus(element: HTMLElement): boolean {
  if (element.tabIndex < 0 || isDisabled(element)) return false;
  element.focus();
  return document.activeElement === element;
}
