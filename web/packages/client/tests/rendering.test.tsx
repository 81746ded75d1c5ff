// @vitest-environment jsdom
/** Do components behave as React wants it: rendered twice, on servers, and gone before anything is known? */
import { act, StrictMode } from "react";
import { hydrateRoot, type Root } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Attune, Config } from "../src/index";
import { AttuneProvider, Personalized, useConfig } from "../src/react";
import { config, engine, MemoryStorage } from "./wire";

const [DARK, LIGHT] = [config("DARK"), config("LIGHT")];
const soon = () => act(() => vi.advanceTimersByTimeAsync(0));
const later = () => act(() => vi.advanceTimersByTimeAsync(60_000));

/** Its context is another object whenever it is rendered. */
function Theme() {
  return <p>{useConfig({ place: "home", attributes: { beta: true } })?.theme.mode ?? "none"}</p>;
}

const app = (attune: Attune) => (
  <StrictMode>
    <AttuneProvider attune={attune}>
      <Theme />
      <Personalized context={{ place: "home", attributes: { beta: true } }} waiting={<i>waiting</i>}>
        <b>inside</b>
      </Personalized>
    </AttuneProvider>
  </StrictMode>
);

describe("a page that a server rendered", () => {
  let page: HTMLElement;
  let root: Root | undefined;
  const mismatches: unknown[] = [];

  beforeEach(() => {
    Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
    vi.useFakeTimers();
    page = document.createElement("main");
    mismatches.length = 0;
  });
  afterEach(() => {
    act(() => root?.unmount());
    vi.useRealTimers();
  });

  const begin = async (attune: Attune) => {
    page.innerHTML = renderToString(app(attune));
    const onRecoverableError = (error: unknown) => void mismatches.push(error);
    root = await act(async () => hydrateRoot(page, app(attune), { onRecoverableError }));
  };
  const known = async (storage: Storage, newest: Config) => {
    const { open, push } = engine();
    open({ storage }).subscribe({ place: "home", attributes: { beta: true } }, () => {});
    await soon();
    push(newest);
  };

  it("waits there, begins to live as it is, and then shows what this browser knows", async () => {
    const storage = new MemoryStorage();
    await known(storage, DARK);
    const { open } = engine();
    const attune = open({ storage });
    expect(renderToString(app(attune))).toContain("none");
    await begin(attune);
    expect(mismatches).toEqual([]);
    expect(page.textContent).toBe("DARKinside");
  });

  it("follows the config over one connection with one subscription, strictly rendered or not", async () => {
    const { open, push, sockets, heard } = engine();
    await begin(open());
    await soon();
    expect(page.textContent).toBe("nonewaiting");
    act(() => push(DARK));
    act(() => push(LIGHT));
    expect(page.textContent).toBe("LIGHTinside");
    expect(sockets.length).toBe(1);
    expect(heard("subscribe").length - heard("complete").length).toBe(1);
  });

  it("asks for nothing more once it is gone, also before the first answer", async () => {
    const { open, sockets, heard } = engine();
    await begin(open());
    act(() => root?.unmount());
    await later();
    expect(heard("subscribe").length).toBe(heard("complete").length);
    expect(sockets.every(({ readyState }) => readyState === 3)).toBe(true);
  });
});
