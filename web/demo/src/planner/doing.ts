/** How does the planner tell what somebody does? In the background; nothing waits for it. */
import type { Context, Interaction } from "@attune/client";
import { useAttune } from "@attune/client/react";
import { createContext, useCallback, useContext } from "react";

export const WhereContext = createContext<Context>({ place: "dashboard" });

/** Tells an interaction in the context of the view that it happens in. */
export function useTell(section: string) {
  const attune = useAttune();
  const { device } = useContext(WhereContext);
  return useCallback(
    (interaction: Omit<Interaction, "section" | "device">) => attune.track({ section, device, ...interaction }),
    [attune, section, device],
  );
}
