/** What does somebody see who is known, but may see nothing here? */
import type { Session } from "@attune/interface";
import { Button } from "react-aria-components";
import type { Left } from "./sign-in";

export function NoRole({ session, leave }: { session: Session; leave: (how: Left) => void }) {
  return (
    <main className="sign-in card stack">
      <h1>Attune console</h1>
      <div role="alert" className="stack">
        <p>
          You are signed in as <strong>{session.user}</strong>, but without a role that may use the console: it is for
          the roles admin and analyst.
        </p>
        <p>Ask whoever gives access in your organisation for one of them, and sign in again.</p>
      </div>
      <Button className="react-aria-Button primary" onPress={() => leave({})}>
        Sign out
      </Button>
    </main>
  );
}
