/** Which types do the queries of each application have? Generated from the printed schema, never written by hand. */
import type { CodegenConfig } from "@graphql-codegen/cli";

const client = (folder: string) => ({
  [`${folder}/src/generated/`]: {
    documents: [`${folder}/src/**/*.{ts,tsx}`, `!${folder}/src/generated/**`],
    preset: "client" as const,
    presetConfig: { fragmentMasking: { unmaskFunctionName: "readFragment" } },
    config: {
      enumsAsTypes: true,
      useTypeImports: true,
      scalars: { DateTime: "string", Date: "string", JSON: "unknown" },
    },
  },
});

export default {
  schema: "../schema/schema.graphql",
  ignoreNoDocuments: true,
  generates: { ...client("console"), ...client("demo") },
} satisfies CodegenConfig;
