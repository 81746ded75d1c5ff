// How does an operation reach the engine with this token? HTTP, and for subscriptions one graphql-transport-ws socket.
/* global GraphiQL, graphqlWs */

const endpoint = new URL("../graphql", document.baseURI);
const socketEndpoint = new URL(endpoint);
socketEndpoint.protocol = endpoint.protocol === "https:" ? "wss:" : "ws:";

/**
 * A connection is bound to one token (null: signed out), so nothing sent after a change can carry the old one.
 * `close` ends its running subscriptions together with the socket.
 */
export function openConnection(token) {
  const credentials = token === null ? {} : { authorization: `Bearer ${token}` };
  const socket = graphqlWs.createClient({ url: socketEndpoint.href, connectionParams: credentials });
  const fetcher = GraphiQL.createFetcher({
    url: endpoint.href,
    headers: credentials,
    wsClient: socket,
    enableIncrementalDelivery: false,
  });
  return { fetcher: runningWhatIsShown(fetcher), close: () => socket.dispose() };
}

/**
 * GraphiQL notes which operation an editor holds 100 ms after an edit or a change of tab. Who runs it sooner would send the
 * former operation's name, or a subscription over HTTP; so both are read from the text that is sent.
 */
function runningWhatIsShown(fetcher) {
  return (params, options) => {
    const documentAST = parsed(params.query);
    if (documentAST === null) return fetcher(params, options);
    const names = documentAST.definitions.filter(isOperation).map((operation) => operation.name?.value);
    const operationName = names.includes(params.operationName) ? params.operationName : names[0];
    return fetcher({ ...params, operationName }, { ...options, documentAST });
  };
}

const isOperation = (definition) => definition.kind === "OperationDefinition";

/** Null for a syntax error, which is the engine's to explain. */
function parsed(text) {
  try {
    return GraphiQL.GraphQL.parse(text);
  } catch {
    return null;
  }
}
