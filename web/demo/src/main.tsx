/** A small project planner whose interface is the config that the engine decides for whoever uses it. */
import "@attune/interface/style.css";
import "./demo.css";
import { Announcing } from "@attune/interface";
import { keepFocus } from "@attune/interface/kept-focus";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Demo } from "./demo";
import { Visiting } from "./visiting/visiting";

const root = document.getElementById("root");
if (!root) throw new Error("The page has no place for the demo.");
keepFocus(root);
createRoot(root).render(
  <StrictMode>
    <Announcing>
      <Visiting>
        <Demo />
      </Visiting>
    </Announcing>
  </StrictMode>,
);
