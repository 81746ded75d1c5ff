import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // These know light-dark(): what stands in for it elsewhere cannot be nested.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
  },
});
