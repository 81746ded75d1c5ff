/** Who uses the console? The token stays in the memory of this page: not in an address, not in any storage. */
import { type Connection, openConnection, readToken, type Session } from "@attune/interface";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";
import { Provider } from "urql";
import { forgetAll } from "../unsaved/keeping";
import { NoRole } from "./no-role";
import { type Left, SignIn } from "./sign-in";

type Here = Readonly<{ session: Session; connection: Connection; signOut: () => void }>;

const HereContext = createContext<Here | null>(null);

export function useSession(): Here {
  const here = useContext(HereContext);
  if (!here) throw new Error("Nobody is signed in here.");
  return here;
}

/** Only what the viewer may do is offered; the engine refuses the rest anyway. */
export const useIsAdmin = (): boolean => useSession().session.roles.includes("admin");

const ROLES = ["admin", "analyst"];

export function SignedIn({ children }: { children: ReactNode }) {
  const [session, setSession] = useState<Session | null>(null);
  const [left, setLeft] = useState<Left | null>(null);
  const signIn = useCallback((pasted: string) => {
    setSession(readToken(pasted));
    setLeft(null);
  }, []);
  const leave = useCallback((how: Left) => {
    // Whoever has to sign in again goes on with what they were writing; whoever leaves, leaves nothing behind.
    if (how.refused === undefined) forgetAll();
    setSession(null);
    setLeft(how);
  }, []);
  if (!session) return <SignIn left={left} signIn={signIn} />;
  if (!session.roles.some((role) => ROLES.includes(role))) return <NoRole session={session} leave={leave} />;
  return (
    <Connected key={session.token} session={session} leave={leave}>
      {children}
    </Connected>
  );
}

function Connected(props: { session: Session; leave: (how: Left) => void; children: ReactNode }) {
  const { session, leave, children } = props;
  const connection = useMemo(
    () => openConnection({ token: session.token, refused: (reason) => leave({ refused: reason }), watching: true }),
    [session, leave],
  );
  useEffect(() => connection.close, [connection]);
  const here = useMemo(() => ({ session, connection, signOut: () => leave({}) }), [session, connection, leave]);
  return (
    <HereContext value={here}>
      <Provider value={connection.client}>{children}</Provider>
    </HereContext>
  );
}
