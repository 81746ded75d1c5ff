// How do applications ship the library's operations? As texts, with nothing in them that the engine would skip, because
// they want neither graphql-js nor parsed trees. A plugin of graphql-codegen.
import { concatAST, Kind, print, separateOperations, stripIgnoredCharacters } from "graphql";

export function plugin(_schema, files) {
  const operations = separateOperations(concatAST(files.map(({ document }) => document)));
  return Object.values(operations).map(exported).join("\n");
}

function exported(operation) {
  const { name } = operation.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  return `export const ${name.value}Document = ${JSON.stringify(stripIgnoredCharacters(print(operation)))};`;
}
