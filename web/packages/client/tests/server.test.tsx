/** Can a server render what uses the library? It has neither a window nor a storage, and nobody's token. */
import { renderToString } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { createAttune } from "../src/index";
import { AttuneProvider, Personalized, useFeature } from "../src/react";

function Export() {
  return useFeature("export", { place: "home" })?.visible ? <b>Export</b> : <i>no export</i>;
}

describe("a server", () => {
  it("renders what is shown while no config is known, and asks nobody", () => {
    const attune = createAttune({
      url: "/graphql",
      token: () => Promise.reject(new Error("nobody has signed in here")),
      fetch: () => Promise.reject(new Error("nothing should be asked")),
    });
    const page = renderToString(
      <AttuneProvider attune={attune}>
        <Export />
        <Personalized context={{ place: "home" }} waiting="waiting">
          inside
        </Personalized>
      </AttuneProvider>,
    );
    expect("window" in globalThis).toBe(false);
    expect(page).toBe("<i>no export</i>waiting");
    attune.close();
  });
});
