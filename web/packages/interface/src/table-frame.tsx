/** Where does a table stand that may be larger than its place? In a frame that scrolls, also by keyboard. */
import type { ReactNode, Ref } from "react";

export function TableFrame(props: { label: string; children: ReactNode; ref?: Ref<HTMLDivElement> }) {
  return (
    // A frame that scrolls has to be reachable by keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
    <section className="table-frame" ref={props.ref} tabIndex={0} aria-label={props.label}>
      {props.children}
    </section>
  );
}
