import { createHash } from "node:crypto";
import { defineConfig, type Plugin } from "vite";
import * as operations from "./src/generated/operations.ts";

/** What the library asks an engine, as `attune documents` reads it: for engines that answer known operations only. */
const trustedDocuments: Plugin = {
  name: "trusted-documents",
  generateBundle() {
    const named = Object.values(operations).map((text) => {
      const hash = createHash("sha256").update(text).digest("hex");
      return [`sha256:${hash}`, text] as const;
    });
    const source = `${JSON.stringify(Object.fromEntries(named.sort()), null, 2)}\n`;
    this.emitFile({ type: "asset", fileName: "trusted-documents.json", source });
  },
};

export default defineConfig({
  root: import.meta.dirname,
  plugins: [trustedDocuments],
  build: {
    emptyOutDir: true,
    lib: { entry: { index: "src/index.ts", react: "src/react.tsx" }, formats: ["es"] },
    rolldownOptions: { external: ["react", "react/jsx-runtime"] },
  },
});
