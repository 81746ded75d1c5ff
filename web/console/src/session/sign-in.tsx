/** How does somebody sign in? At an identity provider, or by pasting a token. */
import { type FormEvent, useEffect, useState } from "react";
import { Button, FieldError, Form, Input, Label, TextField } from "react-aria-components";
import { entitle } from "../arrivals";
import { isAnythingKept } from "../unsaved/keeping";
import { ProviderSignIn } from "./provider-sign-in";

/** How the session before ended: the user ended it, or the engine refused its token. */
export type Left = Readonly<{ refused?: string }>;

export function SignIn({ left, signIn }: { left: Left | null; signIn: (pasted: string) => void }) {
  const [wrong, setWrong] = useState("");
  useEffect(() => entitle("Sign in"), []);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    try {
      signIn(event.currentTarget.querySelector("input")?.value ?? "");
    } catch (error) {
      setWrong(`This is no token: ${(error as Error).message}.`.replace("?.", "?"));
    }
  };
  return (
    <main className="sign-in card stack">
      <h1>Attune console</h1>
      {left?.refused !== undefined && (
        <p role="alert" className="bad">
          The engine does not accept this token{left.refused ? `: ${left.refused}` : ""}.
          {isAnythingKept() && " What you wrote and did not save is kept: sign in again and go on."}
        </p>
      )}
      <ProviderSignIn signIn={signIn} left={left} />
      <Form className="stack" onSubmit={submit}>
        {/* The field has no name, so a form sent by accident could never carry the token into an address. */}
        <TextField isInvalid={wrong !== ""} onChange={() => setWrong("")} autoFocus isRequired>
          <Label>Token</Label>
          <Input type="password" autoComplete="off" spellCheck="false" />
          <FieldError>{wrong}</FieldError>
        </TextField>
        <Button type="submit" className="react-aria-Button primary">
          Sign in
        </Button>
      </Form>
      <p className="soft">
        <code>make run</code> prints tokens for trying things out; <code>attune token --role admin</code> makes one. It
        is kept in this page's memory only.
      </p>
    </main>
  );
}
