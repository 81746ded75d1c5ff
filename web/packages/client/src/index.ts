/** Attune in applications. */
export {};
