/** Which types do the queries of each application have? Generated from the printed schema, never written by hand. */
import type { CodegenConfig } from "@graphql-codegen/cli";

const SCALARS = { DateTime: "string", Date: "string", JSON: "unknown" };

const client = (folder: string) => ({
  [`${folder}/src/generated/`]: {
    documents: [`${folder}/src/**/*.{ts,tsx}`, `!${folder}/src/generated/**`],
    preset: "client" as const,
    presetConfig: { fragmentMasking: { unmaskFunctionName: "readFragment" } },
    config: {
      enumsAsTypes: true,
      useTypeImports: true,
      scalars: SCALARS,
    },
  },
});

/** Whatever applications give and get as JSON is an object. */
const OBJECTS = { ...SCALARS, JSON: "Readonly<Record<string, unknown>>" };

const library = {
  "packages/client/src/generated/operations.ts": {
    documents: ["packages/client/src/documents.graphql"],
    plugins: ["typescript", "typescript-operations", "./packages/client/operation-texts.mjs"],
    config: {
      enumsAsTypes: true,
      onlyOperationTypes: true,
      useTypeImports: true,
      scalars: OBJECTS,
    },
  },
};

export default {
  schema: "../schema/schema.graphql",
  ignoreNoDocuments: true,
  generates: { ...client("console"), ...client("demo"), ...library },
} satisfies CodegenConfig;
