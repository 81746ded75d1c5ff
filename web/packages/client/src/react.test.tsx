// @vitest-environment jsdom
import { act, type ReactNode } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Attune } from "./attune";
import { type Config, type Context, keyOf } from "./configs";
import type { Changed, LiveConfig } from "./live-configs";
import { AttuneProvider, Personalized, useConfig, useFeature } from "./react";

const HOME: Context = { place: "home" };
const REPORTS: Context = { place: "reports" };

const config = (mode: Config["theme"]["mode"], visible: string[] = []): Config => ({
  revision: `${mode} ${visible}`,
  theme: { mode },
  layout: { density: "COMFORTABLE" },
  features: visible.map((key) => ({ key, visible: true, highlighted: false })),
  navigation: { order: [], shortcuts: [] },
  content: { difficulty: "BEGINNER", include: [], exclude: [] },
  recommendations: [],
  parameters: {},
  source: "DECIDED",
  decidedAt: "2026-11-26T08:00:00Z",
});

/** Stands where the engine is: it pushes what a test says, and knows who listens. */
function engine(known: Record<string, Config> = {}) {
  const current = new Map(Object.entries(known).map(([place, config]) => [keyOf({ place }), config]));
  const listening = new Map<string, Set<Changed>>();
  const lives = new Map<string, LiveConfig>();
  const liveOf = (context: Context): LiveConfig => {
    const key = keyOf(context);
    const listeners = new Set<Changed>();
    listening.set(key, listeners);
    return {
      current: () => current.get(key) ?? null,
      asking: () => (answer) => answer,
      close: () => listeners.clear(),
      listen(changed) {
        listeners.add(changed);
        return () => void listeners.delete(changed);
      },
    };
  };
  const live = (context: Context) => {
    const one = lives.get(keyOf(context)) ?? liveOf(context);
    lives.set(keyOf(context), one);
    return one;
  };
  const push = (context: Context, config: Config) => {
    current.set(keyOf(context), config);
    for (const listener of listening.get(keyOf(context)) ?? []) listener(config);
  };
  return {
    attune: { live } as Attune,
    push,
    listeners: (context: Context) => listening.get(keyOf(context))?.size ?? 0,
  };
}

const shown: string[] = [];

function Theme({ context }: { context?: Context }) {
  const mode = useConfig(context)?.theme.mode ?? "none";
  shown.push(mode);
  return <p>{mode}</p>;
}

function Export() {
  return <p>{useFeature("export")?.visible ? "Export" : "nothing"}</p>;
}

describe("components", () => {
  let root: Root;
  let page: HTMLElement;

  beforeEach(() => {
    Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
    page = document.createElement("main");
    root = createRoot(page);
    shown.length = 0;
  });
  afterEach(() => act(() => root.unmount()));

  const show = (attune: Attune, children: ReactNode) =>
    act(() => root.render(<AttuneProvider attune={attune}>{children}</AttuneProvider>));

  it("show the last config from the first moment, and then what is pushed", () => {
    const { attune, push } = engine({ home: config("DARK") });
    show(attune, <Theme context={HOME} />);
    expect(new Set(shown)).toEqual(new Set(["DARK"]));
    act(() => push(HOME, config("LIGHT")));
    expect(page.textContent).toBe("LIGHT");
    expect(new Set(shown)).toEqual(new Set(["DARK", "LIGHT"]));
  });

  it("wait where no config is known, and show what is inside once one is", () => {
    const { attune, push } = engine();
    show(
      attune,
      <Personalized context={HOME} waiting={<p>waiting</p>}>
        <Theme />
      </Personalized>,
    );
    expect(page.textContent).toBe("waiting");
    expect(shown).toEqual([]);
    act(() => push(HOME, config("DARK")));
    expect(page.textContent).toBe("DARK");
  });

  it("follow one feature of the config around them", () => {
    const { attune, push } = engine({ home: config("DARK") });
    show(
      attune,
      <Personalized context={HOME}>
        <Export />
      </Personalized>,
    );
    expect(page.textContent).toBe("nothing");
    act(() => push(HOME, config("DARK", ["export"])));
    expect(page.textContent).toBe("Export");
  });

  it("keep listening while their context is the same in other words, and listen elsewhere when it changes", () => {
    const { attune, listeners } = engine({ home: config("DARK"), reports: config("LIGHT") });
    show(attune, <Theme context={HOME} />);
    show(attune, <Theme context={{ ...HOME }} />);
    expect(listeners(HOME)).toBe(1);
    show(attune, <Theme context={REPORTS} />);
    expect([listeners(HOME), listeners(REPORTS), page.textContent]).toEqual([0, 1, "LIGHT"]);
  });

  it("listen no longer when they are gone", () => {
    const { attune, listeners } = engine({ home: config("DARK") });
    show(
      attune,
      <Personalized context={HOME}>
        <Theme />
      </Personalized>,
    );
    expect(listeners(HOME)).toBe(2);
    show(attune, null);
    expect(listeners(HOME)).toBe(0);
  });
});
