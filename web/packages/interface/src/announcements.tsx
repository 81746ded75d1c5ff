/** How is somebody told of what changed elsewhere on the page? In a region that is there before anything is said. */
import { createContext, type ReactNode, useCallback, useContext, useEffect, useState } from "react";

type Announce = (text: string) => void;

const AnnounceContext = createContext<Announce>(() => {});

export function Announcing({ children }: { children: ReactNode }) {
  const [{ text, times }, setSaid] = useState({ text: "", times: 0 });
  const announce = useCallback((next: string) => setSaid((said) => ({ text: next, times: said.times + 1 })), []);
  return (
    <AnnounceContext value={announce}>
      {children}
      <p role="status" className="visually-hidden">
        {/* Said twice, it is read twice. */}
        <span key={times}>{text}</span>
      </p>
    </AnnounceContext>
  );
}

export const useAnnounce = (): Announce => useContext(AnnounceContext);

/** Announces what is shown, whenever that changes. */
export function useAnnounced(text: string): void {
  const announce = useAnnounce();
  useEffect(() => {
    if (text) announce(text);
  }, [announce, text]);
}
