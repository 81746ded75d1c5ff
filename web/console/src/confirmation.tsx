/** Is somebody sure? Asked where they pressed; the safe answer is the first one, and what Escape says. */
import { type ReactNode, useState } from "react";
import { Button } from "react-aria-components";

type Question = Readonly<{
  ask: string;
  consequence: ReactNode;
  no: string;
  yes: string;
  isDangerous?: boolean;
  isPending: boolean;
  act: () => void;
}>;

export function Confirmation({ ask, consequence, no, yes, isDangerous = false, isPending, act }: Question) {
  const [isAsked, setIsAsked] = useState(false);
  const look = isDangerous ? "danger" : "primary";
  if (!isAsked) {
    return (
      <Button className={`react-aria-Button ${isDangerous ? "danger" : ""}`} onPress={() => setIsAsked(true)}>
        {ask}
      </Button>
    );
  }
  const leave = () => setIsAsked(false);
  const leaveByEscape = ({ key }: { key: string }) => key === "Escape" && leave();
  return (
    <fieldset className="row bare" aria-label={ask} onKeyUp={leaveByEscape}>
      <p>{consequence}</p>
      <Button onPress={leave} autoFocus>
        {no}
      </Button>
      <Button className={`react-aria-Button ${look}`} isPending={isPending} onPress={act}>
        {yes}
      </Button>
    </fieldset>
  );
}
