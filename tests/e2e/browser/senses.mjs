// What does somebody perceive of a page who neither points at it nor sees all of it? Played in the page itself.

/** Adds `senses` to the page: where the focus is and what is wrong with that, and what was said by live regions. */
export function senses() {
  const LIVE = "[role=status], [role=alert], [aria-live=polite], [aria-live=assertive]";
  /** The browser frames the button that opens the calendar, which nobody else can see. */
  const CALENDAR = "input[type=datetime-local]";
  const LEAST_PX = 4;
  const seen = [];
  const said = [];
  const known = new WeakSet();

  const look = (element) => {
    const { outlineStyle, outlineWidth, outlineColor, boxShadow } = getComputedStyle(element);
    return outlineStyle === "none" ? boxShadow : [outlineStyle, outlineWidth, outlineColor, boxShadow].join(" ");
  };

  const isUnseen = (element) =>
    Math.min(element.offsetWidth, element.offsetHeight) < LEAST_PX && (element === document.activeElement || look(element) === "none");

  /** A field that is drawn by its label is seen there, a place between two rows as the line between them. */
  function shown(element) {
    let visible = element;
    while (visible.parentElement && isUnseen(visible)) visible = visible.parentElement;
    return visible;
  }

  const name = (element = document.activeElement) => {
    const words = element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent ?? element.textContent;
    return `${element.tagName} ${words}`.replaceAll(/[^a-zA-Z0-9]+/g, "-").slice(0, 60);
  };

  function inSight(visible) {
    const [box] = visible.getClientRects();
    const top = Math.max(box.top, 0);
    const bottom = Math.min(box.bottom, innerHeight);
    if (bottom - top < Math.min(box.height, innerHeight) / 2) return [`it is out of sight: from ${box.top} to ${box.bottom} of ${innerHeight}`];
    const above = document.elementFromPoint((Math.max(box.left, 0) + Math.min(box.right, innerWidth)) / 2, (top + bottom) / 2);
    const isUncovered = above && (visible.contains(above) || above.contains(visible));
    return isUncovered ? [] : [`it is covered by ${above?.outerHTML.slice(0, 120)}`];
  }

  function problemsOf(element, earlier) {
    if (!element || element === document.body) return ["nothing has the focus"];
    const visible = shown(element);
    const problems = inSight(visible);
    if (look(visible) === "none" && !visible.matches(CALENDAR)) problems.push("nothing shows that it has the focus");
    const before = seen[earlier];
    if (before && before.look !== "none" && before.visible !== visible && before.visible.isConnected && look(before.visible) === before.look) {
      problems.push(`${name(before.visible)} still looks as if it had the focus`);
    }
    return problems;
  }

  new MutationObserver((records) => {
    for (const { target } of records) {
      const region = (target instanceof Element ? target : target.parentElement)?.closest(LIVE);
      if (region && known.has(region)) said.push(region.textContent);
    }
    for (const region of document.querySelectorAll(LIVE)) {
      // An alert is said when it appears; what else is said has to be in a region that was there before.
      if (!known.has(region) && region.matches("[role=alert]")) said.push(region.textContent);
      known.add(region);
    }
  }).observe(document, { childList: true, subtree: true, characterData: true });

  globalThis.senses = {
    look(earlier) {
      const element = document.activeElement;
      const problems = problemsOf(element, earlier);
      const visible = shown(element);
      seen.push({ visible, look: look(visible) });
      return { what: element.outerHTML.slice(0, 160), problems, number: seen.length - 1 };
    },
    name,
    /** `element` is what shows the focused field. */
    shows: (element) => element !== document.body && element === shown(document.activeElement),
    /** Since it was last asked for. */
    heard(words) {
      const at = said.findIndex((text) => words.test(text));
      if (at >= 0) said.splice(0, at + 1);
      return at >= 0;
    },
  };
}
