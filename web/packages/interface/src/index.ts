export { Announcing, useAnnounce, useAnnounced } from "./announcements";
export { type Connection, type Liveness, openConnection, ownEndpoint } from "./connections";
export { type DataColumn, DataTable } from "./data-table";
export { Empty, Failed, inWords, Loaded, Loading } from "./states";
export { type Column, Table } from "./table";
export { readToken, type Session } from "./tokens";
