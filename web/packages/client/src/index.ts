/** Attune in applications: configs that follow the user, and interactions that are not lost. */
export { type Attune, type AttuneOptions, createAttune } from "./attune.js";
export type { Config, Context, Update } from "./configs.js";
export { AttuneError, type Failed } from "./endpoint.js";
export type { Changed, LiveConfig } from "./live-configs.js";
export type { Interaction, Refused } from "./unsent.js";
