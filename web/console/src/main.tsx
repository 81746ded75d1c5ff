/** The console: where teams see, manage and question what the engine decides. */
import "@attune/interface/style.css";
import "./console.css";
import { Announcing } from "@attune/interface";
import { keepFocus } from "@attune/interface/kept-focus";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { SignedIn } from "./session/signed-in";
import { Shell } from "./shell";

const root = document.getElementById("root");
if (!root) throw new Error("The page has no place for the console.");
keepFocus(root);
createRoot(root).render(
  <StrictMode>
    <Announcing>
      <SignedIn>
        <Shell />
      </SignedIn>
    </Announcing>
  </StrictMode>,
);
