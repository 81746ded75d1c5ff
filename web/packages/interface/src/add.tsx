/** How is one more added to a list that is being filled in? The focus goes to what is to be filled in there. */
import { type ReactNode, useLayoutEffect, useRef } from "react";
import { Button } from "react-aria-components";
import { focusWithin } from "./kept-focus";

/** Stands behind the list, of which the newest is the last. */
export function Add({ add, children }: { add: () => void; children: ReactNode }) {
  const button = useRef<HTMLButtonElement>(null);
  const isAdding = useRef(false);
  // Each time, because the list is rendered by somebody else.
  useLayoutEffect(() => {
    const newest = button.current?.previousElementSibling;
    if (isAdding.current && newest) focusWithin(newest);
    isAdding.current = false;
  });
  const addOne = () => {
    isAdding.current = true;
    add();
  };
  return (
    <Button ref={button} onPress={addOne}>
      {children}
    </Button>
  );
}
