/** Everything inside speaks for one visitor: the planner through the client library, the drawer through GraphQL. */
import { type Attune, type AttuneError, createAttune } from "@attune/client";
import { AttuneProvider } from "@attune/client/react";
import { type Connection, openConnection, ownEndpoint, readToken, useAnnounce } from "@attune/interface";
import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from "react";
import { Button, Form, Input, Label, TextField } from "react-aria-components";
import { Provider } from "urql";
import { forgetVisitor, NoTokens, visitorId, visitorTokens } from "./visitors";

type Visit = Readonly<{ visitor: string; attune: Attune; connection: Connection; becomeAnother: () => void }>;

const VisitContext = createContext<Visit | null>(null);

export function useVisit(): Visit {
  const visit = useContext(VisitContext);
  if (!visit) throw new Error("Nobody visits here.");
  return visit;
}

/** Is the engine out of reach? Known while the drawer follows it. */
export function useIsAway(): boolean {
  const { liveness, onLiveness } = useVisit().connection;
  return useSyncExternalStore(onLiveness, liveness) === "lost";
}

const PAUSE_MS = 2_000;

type Begun = Omit<Visit, "becomeAnother">;
type Obstacle = Readonly<{ asks: boolean; reason: string }>;

export function Visiting({ children }: { children: ReactNode }) {
  const [given, setGiven] = useState<string | null>(null);
  const [visit, setVisit] = useState<Begun | null>(null);
  const [turn, setTurn] = useState(0);
  const [obstacle, setObstacle] = useState<Obstacle | null>(null);
  useEffect(() => {
    let opened: Begun | undefined;
    let ended = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const meet = (reason: string, asks: boolean) => {
      if (ended) return;
      setVisit(null);
      setObstacle({ asks, reason });
      if (!asks) timer = setTimeout(() => setTurn(turn + 1), PAUSE_MS);
    };
    begin(given, (reason) => meet(reason, true))
      .then((begun) => {
        if (ended) return end(begun);
        opened = begun;
        setObstacle(null);
        setVisit(begun);
      })
      .catch((error: Error) => meet(error.message, given !== null || error instanceof NoTokens));
    return () => {
      ended = true;
      clearTimeout(timer);
      if (opened) end(opened);
    };
  }, [given, turn]);
  const announce = useAnnounce();
  const becomeAnother = () => {
    announce("You begin as somebody else.");
    forgetVisitor();
    setVisit(null);
    setGiven(null);
    setTurn(turn + 1);
  };
  if (visit)
    return (
      <VisitContext value={{ ...visit, becomeAnother }}>
        <Provider value={visit.connection.client}>
          <AttuneProvider attune={visit.attune}>{children}</AttuneProvider>
        </Provider>
      </VisitContext>
    );
  if (obstacle?.asks) return <TokenForm reason={obstacle.reason} give={setGiven} />;
  return (
    <main className="state">
      <p role="status">{obstacle ? "The engine cannot be reached. Trying again …" : "Opening the planner …"}</p>
    </main>
  );
}

/** `refused`: the engine does not take the token that was given, and why. */
async function begin(given: string | null, refused: (reason: string) => void): Promise<Begun> {
  const visitor = given === null ? visitorId() : readToken(given).user;
  const { token, renew } = given === null ? visitorTokens(visitor) : { token: async () => given, renew: refused };
  await token();
  const connection = openConnection({ token, refused: renew });
  const onError = ({ code, message }: AttuneError) => code === "UNAUTHENTICATED" && renew(message);
  const attune = createAttune({ url: ownEndpoint().href, token, user: visitor, onError });
  return { visitor, connection, attune };
}

function end({ attune, connection }: Omit<Visit, "becomeAnother">): void {
  attune.close();
  connection.close();
}

function TokenForm({ reason, give }: { reason: string; give: (token: string) => void }) {
  const [pasted, setPasted] = useState("");
  return (
    <main className="card stack token-form">
      <h1>Planner</h1>
      <p>This engine gives no tokens to visitors. Paste one of a user:</p>
      {reason && <p role="alert">{reason}</p>}
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
