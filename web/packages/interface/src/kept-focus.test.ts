// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { focusPart, focusWithin, keepFocus } from "./kept-focus";

let root: HTMLElement;
let stop: () => void;

beforeEach(() => {
  root = document.createElement("div");
  document.body.replaceChildren(root);
  stop = keepFocus(root);
});

afterEach(() => stop());

const show = (markup: string) => {
  root.innerHTML = `<main>${markup}</main>`;
};
const one = (name: string) => {
  const found = document.getElementById(name);
  if (!found) throw new Error(`nothing is called ${name}`);
  return found;
};
const focused = () => document.activeElement?.id || document.activeElement?.tagName.toLowerCase();
/** What watches is told after what happens now. */
const told = () => Promise.resolve();

const LIST = `
  <section><button id="other">Other</button></section>
  <section>
    <p id="first"><input id="first-field"><button id="first-removed">✕</button></p>
    <p id="second"><input id="second-field"><button id="second-removed">✕</button></p>
    <button id="add">Add</button>
  </section>`;

describe("keepFocus", () => {
  it("goes to the item that follows a removed one", async () => {
    show(LIST);
    one("first-removed").focus();
    one("first").remove();
    await told();
    expect(focused()).toBe("second-field");
  });

  it("goes to what follows the list when the last item is removed", async () => {
    show(LIST);
    one("second-removed").focus();
    one("second").remove();
    await told();
    expect(focused()).toBe("add");
  });

  it("goes to what stands where the focused part stood", async () => {
    show(LIST);
    one("second-removed").focus();
    const next = document.createElement("p");
    next.innerHTML = `<button id="new">New</button>`;
    one("second").replaceWith(next);
    await told();
    expect(focused()).toBe("new");
  });

  it("goes back when nothing follows", async () => {
    show(
      `<p><button id="back">Back</button><button id="more">More</button></p><button id="elsewhere">Elsewhere</button>`,
    );
    one("more").focus();
    one("more").setAttribute("disabled", "");
    await told();
    expect(focused()).toBe("back");
  });

  it("gives the focus to the page when all of it changes", async () => {
    show(LIST);
    one("first-field").focus();
    root.querySelector("main")?.replaceChildren("Loading …");
    await told();
    expect(focused()).toBe("main");
  });

  it("gives the focus to the page that comes when there is none in between", async () => {
    show(LIST);
    one("first-field").focus();
    root.innerHTML = `<main>Opening …</main>`;
    await told();
    expect(focused()).toBe("main");
  });

  it("finds the way out when what held the part is removed as well", async () => {
    show(
      `<section><button id="before">Before</button><div id="outer"><p id="inner"><button id="held">Held</button></p></div></section>`,
    );
    one("held").focus();
    const outer = one("outer");
    one("inner").remove();
    outer.remove();
    await told();
    expect(focused()).toBe("before");
  });

  it.each(["disabled", "removed"])("leaves the focus where it is when something else is %s", async (how) => {
    show(LIST);
    one("first-field").focus();
    if (how === "removed") one("second").remove();
    else one("other").setAttribute("disabled", "");
    await told();
    expect(focused()).toBe("first-field");
  });

  it("takes nothing from who pointed elsewhere", async () => {
    show(LIST);
    one("first-field").focus();
    root.dispatchEvent(new Event("pointerdown"));
    one("first-field").blur();
    one("first").remove();
    await told();
    expect(focused()).toBe("body");
  });

  it("ends", async () => {
    show(LIST);
    one("first-field").focus();
    stop();
    one("first").remove();
    await told();
    expect(focused()).toBe("body");
  });
});

describe("focusPart", () => {
  it("leaves no trace on a part that somebody has left", () => {
    show(LIST);
    const [main] = root.getElementsByTagName("main");
    if (!main) throw new Error("the page has no main part");
    focusPart(main);
    expect(document.activeElement).toBe(main);
    one("add").focus();
    expect(main.hasAttribute("tabindex")).toBe(false);
  });
});

describe("focusWithin", () => {
  it("passes over what cannot be used", () => {
    show(`<p id="part"><button disabled>Off</button><span tabindex="-1">Not in the order</span><input id="use"></p>`);
    expect(focusWithin(one("part"))).toBe(true);
    expect(focused()).toBe("use");
  });

  it("says when there is nothing to use", () => {
    show(`<p id="part">Words</p>`);
    expect(focusWithin(one("part"))).toBe(false);
  });
});
