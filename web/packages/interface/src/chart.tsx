/** How is a chart drawn? By Observable Plot, as wide as its place, with words for those who do not see it. */
import type { PlotOptions } from "@observablehq/plot";
import * as Plot from "@observablehq/plot";
import { useEffect, useRef, useState } from "react";

/** `options` is to be remembered (useMemo) by whoever draws: an equal chart is not drawn again. */
export function Chart({ label, options }: { label: string; options: PlotOptions }) {
  const frame = useRef<HTMLElement>(null);
  const width = useWidth(frame);
  useEffect(() => {
    const place = frame.current;
    if (!place || width === 0) return;
    const drawn = Plot.plot({ ...options, width });
    describe(drawn, label);
    place.replaceChildren(drawn);
    return () => drawn.remove();
  }, [label, options, width]);
  return <figure className="chart" ref={frame} />;
}

/** One picture with one name: Plot names its groups, which may have none without a role. */
function describe(drawn: Element, label: string) {
  for (const named of drawn.querySelectorAll("g[aria-label]")) named.removeAttribute("aria-label");
  const pictures = drawn.matches("svg") ? [drawn] : drawn.querySelectorAll(":scope > svg");
  for (const picture of pictures) {
    picture.setAttribute("role", "img");
    picture.setAttribute("aria-label", label);
  }
}

function useWidth(frame: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const place = frame.current;
    if (!place) return;
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.floor(entry.contentRect.width)));
    observer.observe(place);
    return () => observer.disconnect();
  }, [frame]);
  return width;
}
