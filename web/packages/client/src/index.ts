/** Attune in applications: configs that follow the user, and interactions that are not lost. */
export { type Attune, type AttuneOptions, createAttune } from "./attune";
export type { Config, Context, Update } from "./configs";
export { AttuneError } from "./endpoint";
export type { LiveConfig } from "./live-configs";
export type { Interaction, Refused } from "./outbox";
