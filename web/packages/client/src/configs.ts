/** What is a config, and how is one asked for? The types are those of the printed schema. */
import type { ConfigQuery, ConfigUpdatedSubscription, ContextInput } from "./generated/operations.js";

export type Config = ConfigQuery["viewer"]["config"];
export type Update = ConfigUpdatedSubscription["configUpdated"];
export type Context = ContextInput;

/** Equal exactly for contexts that ask the same. */
export const keyOf = ({ place, device, timeZone, attributes }: Context): string =>
  JSON.stringify([place, device, timeZone, Object.entries(attributes ?? {}).sort()]);
