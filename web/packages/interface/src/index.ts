export { type Connection, type Liveness, openConnection, ownEndpoint } from "./connections";
export { type Column, DataTable } from "./data-table";
export { Empty, Failed, inWords, Loaded, Loading } from "./states";
export { TableFrame } from "./table-frame";
export { readToken, type Session } from "./tokens";
