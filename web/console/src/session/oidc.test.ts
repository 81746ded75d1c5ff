import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { challengeOf, leaveToSignIn, tokenOnReturn } from "./oidc";

const PROVIDER = { authorizationEndpoint: "https://login.test/authorize?tenant=1", clientId: "console" };

/** A page that remembers where it was sent, and what its address became. */
function page(search = "") {
  const went: URL[] = [];
  const kept = new Map<string, string>();
  vi.stubGlobal("document", { baseURI: "https://attune.test/console/" });
  vi.stubGlobal("history", {
    replaceState: (_state: unknown, _title: string, address: string) => went.push(new URL(address)),
  });
  vi.stubGlobal("location", {
    origin: "https://attune.test",
    pathname: "/console/",
    hash: "#/rules",
    search,
    assign: (address: URL) => went.push(address),
  });
  vi.stubGlobal("sessionStorage", {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => kept.set(name, value),
    removeItem: (name: string) => kept.delete(name),
  });
  return { went, kept };
}

describe("signing in at a provider", () => {
  beforeEach(() => void vi.stubGlobal("fetch", vi.fn()));
  afterEach(() => vi.unstubAllGlobals());

  it("hides what proves it as the specification's example does", async () => {
    const challenge = await challengeOf("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    expect(challenge).toBe("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
  });

  it("leaves with a challenge and comes back with the token, and with the place it left", async () => {
    const { went } = page();
    await leaveToSignIn(PROVIDER);
    const asked = went[0]?.searchParams;
    expect(asked?.get("tenant")).toBe("1");
    expect(asked?.get("redirect_uri")).toBe("https://attune.test/console/");
    const kept = sessionStorage.getItem("attune-sign-in") ?? "";
    expect(asked?.get("code_challenge")).toBe(await challengeOf(JSON.parse(kept).verifier));

    const back = page(`?code=c0de&state=${asked?.get("state")}`);
    back.kept.set("attune-sign-in", kept);
    vi.mocked(fetch).mockResolvedValue(new Response(JSON.stringify({ token: "a.b.c" })));
    expect(await tokenOnReturn()).toBe("a.b.c");
    expect(back.went[0]?.href).toBe("https://attune.test/console/#/rules");
    expect(await tokenOnReturn()).toBeNull();
  });

  it("believes nobody else's answer", async () => {
    const { kept } = page("?code=c0de&state=another");
    kept.set("attune-sign-in", JSON.stringify({ verifier: "v", state: "mine", hash: "" }));
    await expect(tokenOnReturn()).rejects.toThrow("not completed");
    expect(fetch).not.toHaveBeenCalled();
    page("?code=c0de&state=another");
    expect(await tokenOnReturn()).toBeNull();
  });
});
