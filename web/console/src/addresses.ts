/** Whom or what does an address name? It is read from the address itself: the router decodes some of it, once too often. */
import { useHashLocation } from "wouter/use-hash-location";

/** The part of `#/people/ada` at 1 is `ada`. */
export function partOf(location: string, at: number): string {
  const part = location.split("/")[at + 1] ?? "";
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // typed by hand: it names what is not there
  }
}

export const usePartOfAddress = (at: number): string => partOf(useHashLocation()[0], at);
