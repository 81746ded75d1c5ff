/** Everything inside speaks for one visitor: the planner through the client library, the drawer through GraphQL. */
import { type Attune, createAttune } from "@attune/client";
import { AttuneProvider } from "@attune/client/react";
import { type Connection, openConnection, ownEndpoint, readToken, useAnnounce } from "@attune/interface";
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { Button, Form, Input, Label, TextField } from "react-aria-components";
import { Provider } from "urql";
import { forgetVisitor, visitorId, visitorTokens } from "./visitors";

type Visit = Readonly<{ visitor: string; attune: Attune; connection: Connection; becomeAnother: () => void }>;

const VisitContext = createContext<Visit | null>(null);

export function useVisit(): Visit {
  const visit = useContext(VisitContext);
  if (!visit) throw new Error("Nobody visits here.");
  return visit;
}

export function Visiting({ children }: { children: ReactNode }) {
  const [given, setGiven] = useState<string | null>(null);
  const [visit, setVisit] = useState<Omit<Visit, "becomeAnother"> | null>(null);
  const [turn, setTurn] = useState(0);
  const [asks, setAsks] = useState(false);
  const announce = useAnnounce();
  // biome-ignore lint/correctness/useExhaustiveDependencies: each turn is another visitor
  useEffect(() => {
    let opened: Omit<Visit, "becomeAnother"> | undefined;
    let ended = false;
    begin(given)
      .then((begun) => {
        if (ended) return end(begun);
        opened = begun;
        setVisit(begun);
      })
      .catch(() => setAsks(true));
    return () => {
      ended = true;
      if (opened) end(opened);
    };
  }, [given, turn]);
  if (!visit) return asks ? <TokenForm give={setGiven} /> : <Opening />;
  const becomeAnother = () => {
    announce("You begin as somebody else.");
    forgetVisitor();
    setVisit(null);
    setTurn(turn + 1);
  };
  return (
    <VisitContext value={{ ...visit, becomeAnother }}>
      <Provider value={visit.connection.client}>
        <AttuneProvider attune={visit.attune}>{children}</AttuneProvider>
      </Provider>
    </VisitContext>
  );
}

function Opening() {
  return (
    <main className="state" tabIndex={-1}>
      Opening the planner …
    </main>
  );
}

async function begin(given: string | null): Promise<Omit<Visit, "becomeAnother">> {
  const visitor = given ? readToken(given).user : visitorId();
  const token = given ? async () => given : visitorTokens(visitor);
  const connection = openConnection({ token });
  await token();
  return { visitor, connection, attune: createAttune({ url: ownEndpoint().href, token, user: visitor }) };
}

function end({ attune, connection }: Omit<Visit, "becomeAnother">): void {
  attune.close();
  connection.close();
}

function TokenForm({ give }: { give: (token: string) => void }) {
  const [pasted, setPasted] = useState("");
  return (
    <main className="card stack token-form">
      <h1>Planner</h1>
      <p>This engine gives no tokens to visitors. Paste one of a user:</p>
      <Form
        className="row"
        onSubmit={(event) => {
          event.preventDefault();
          give(pasted);
        }}
      >
        <TextField value={pasted} onChange={setPasted}>
          <Label>Token</Label>
          <Input type="password" autoComplete="off" />
        </TextField>
        <Button type="submit">Open</Button>
      </Form>
    </main>
  );
}
