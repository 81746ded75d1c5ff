/** What did somebody look at before they went to another page? They find it again as long as they are signed in. */
import { useState } from "react";
import { useSession } from "./session/signed-in";

const sessions = new WeakMap<object, Map<string, unknown>>();

function memoryOf(session: object): Map<string, unknown> {
  const memory = sessions.get(session) ?? new Map<string, unknown>();
  sessions.set(session, memory);
  return memory;
}

/** Like a state of React, for whatever lists are narrowed to and turned to. */
export function useRemembered<Value>(name: string, initial: Value): [Value, (value: Value) => void] {
  const memory = memoryOf(useSession().connection);
  const [value, setValue] = useState(() => (memory.has(name) ? (memory.get(name) as Value) : initial));
  const remember = (next: Value) => {
    memory.set(name, next);
    setValue(next);
  };
  return [value, remember];
}
