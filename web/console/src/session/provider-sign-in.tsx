/** The way in at an identity provider, where the engine offers one. */
import { useEffect, useState } from "react";
import { Button } from "react-aria-components";
import { leaveToSignIn, offeredProvider, type Provider, tokenOnReturn } from "./oidc";
import type { Left } from "./sign-in";

export function ProviderSignIn({ signIn, left }: { signIn: (token: string) => void; left: Left | null }) {
  const [provider, setProvider] = useState<Provider | null>(null);
  const [wrong, setWrong] = useState("");
  useEffect(() => {
    const failed = (error: Error) => setWrong(error.message);
    tokenOnReturn()
      .then((token) => token && signIn(token))
      .catch(failed);
    offeredProvider().then(setProvider).catch(failed);
  }, [signIn]);
  return (
    <>
      {wrong && (
        <p role="alert" className="bad">
          {wrong}
        </p>
      )}
      {left && provider?.endSessionEndpoint && (
        <p role="status">
          You are signed out of the console. Your organisation may still know you:{" "}
          <a href={provider.endSessionEndpoint}>sign out there, too</a>.
        </p>
      )}
      {provider && (
        <Button className="react-aria-Button primary" onPress={() => void leaveToSignIn(provider)}>
          Sign in with your organisation
        </Button>
      )}
    </>
  );
}
