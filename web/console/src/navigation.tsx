/** Where can one go? On a phone the links wait behind a button, so that all of them can be seen once they are wanted. */
import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import { Button } from "react-aria-components";
import { useHashLocation } from "wouter/use-hash-location";

/** The style sheet shows the button on narrow windows only; on wide ones the links are always there. */
export function Navigation({ children }: { children: ReactNode }) {
  const [where] = useHashLocation();
  const [openedAt, setOpenedAt] = useState<string | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  const links = useId();
  const nav = useRef<HTMLElement>(null);
  const isOpen = openedAt === where; // going elsewhere closes it, by whatever way
  useEffect(() => {
    if (!isOpen) return;
    const back = button.current;
    const inside = nav.current;
    const leave = ({ key }: KeyboardEvent) => key === "Escape" && setOpenedAt(null);
    const chosen = () => setOpenedAt(null); // also the page that is there already
    addEventListener("keydown", leave);
    inside?.addEventListener("click", chosen);
    return () => {
      removeEventListener("keydown", leave);
      inside?.removeEventListener("click", chosen);
      back?.focus(); // what had the focus is out of sight now
    };
  }, [isOpen]);
  return (
    <>
      <Button
        ref={button}
        className="react-aria-Button opener"
        aria-expanded={isOpen}
        aria-controls={links}
        onPress={() => setOpenedAt(isOpen ? null : where)}
      >
        Pages <span aria-hidden="true">{isOpen ? "▴" : "▾"}</span>
      </Button>
      <nav ref={nav} id={links} aria-label="Pages" data-open={isOpen || undefined}>
        {children}
      </nav>
    </>
  );
}
