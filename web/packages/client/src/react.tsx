/** How do React components follow the config? */
import { createContext, type ReactNode, useCallback, useContext, useMemo, useSyncExternalStore } from "react";
import type { Attune } from "./attune.js";
import { type Config, type Context, keyOf } from "./configs.js";

const AttuneContext = createContext<Attune | null>(null);
const PlaceContext = createContext<Context | null>(null);

export function AttuneProvider({ attune, children }: { attune: Attune; children: ReactNode }) {
  return <AttuneContext.Provider value={attune}>{children}</AttuneContext.Provider>;
}

export function useAttune(): Attune {
  const attune = useContext(AttuneContext);
  if (!attune) throw new Error("There is no <AttuneProvider> around this component.");
  return attune;
}

/** On a server nobody's config is known, nor where its page begins to live: what both show first is the same. */
const waiting = () => null;

/** The config of this context, or of the `<Personalized>` around; null until one is known. */
export function useConfig(context?: Context): Config | null {
  const attune = useAttune();
  const around = useContext(PlaceContext);
  const wanted = context ?? around;
  if (!wanted) throw new Error("A context is needed: give one, or put <Personalized context={...}> around.");
  const key = keyOf(wanted);
  // biome-ignore lint/correctness/useExhaustiveDependencies: equal keys ask the same
  const live = useMemo(() => attune.live(wanted), [attune, key]);
  const listen = useCallback((changed: () => void) => live.listen(changed), [live]);
  return useSyncExternalStore(listen, live.current, waiting);
}

/** What may be seen of a feature; `null` while no config is known, or of a feature that the catalogue does not name. */
export function useFeature(key: string, context?: Context): Config["features"][number] | null {
  return useConfig(context)?.features.find((feature) => feature.key === key) ?? null;
}

/** Everything inside follows the config of this context; `waiting` is shown while none is known. */
export function Personalized(props: { context: Context; waiting?: ReactNode; children: ReactNode }) {
  const { context, waiting = null, children } = props;
  const config = useConfig(context);
  if (!config) return <>{waiting}</>;
  return <PlaceContext.Provider value={context}>{children}</PlaceContext.Provider>;
}
