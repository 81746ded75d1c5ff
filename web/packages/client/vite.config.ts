import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  build: {
    emptyOutDir: true,
    lib: { entry: { index: "src/index.ts", react: "src/react.tsx" }, formats: ["es"] },
    rolldownOptions: { external: ["react", "react/jsx-runtime"] },
  },
});
