// Who is signed in, and what does the page show for it? The token lives in this module's memory and nowhere else.
/* global React, ReactDOM, GraphiQL, GraphiQLPluginExplorer */
import { openConnection } from "./connection.js";
import { exampleTabs, newTab } from "./examples.js";
import { askOpener } from "./handover.js";
import { libraryPlugin } from "./library-panel.js";
import { bareToken, readToken } from "./token.js";

const timerMsMax = 2 ** 31 - 1;
const [identity, problem, form, field, signOut] = ["identity", "problem", "sign-in", "token", "sign-out"].map((id) =>
  document.getElementById(id),
);
const root = ReactDOM.createRoot(document.getElementById("graphiql"));
const fixedProps = {
  plugins: [libraryPlugin, GraphiQLPluginExplorer.explorerPlugin({ showAttribution: false })],
  defaultTabs: exampleTabs(new Date()),
  defaultQuery: newTab,
  inputValueDeprecation: true,
  // Headers could only carry a second token, and GraphiQL would offer to store it.
  isHeadersEditorEnabled: false,
  shouldPersistHeaders: false,
};

let connection = null;
let expiryTimer;

/** Connects anew: running subscriptions end, and the changed fetcher makes GraphiQL fetch the schema again. */
function connect(token) {
  connection?.close();
  connection = openConnection(token);
  root.render(React.createElement(GraphiQL, { ...fixedProps, fetcher: connection.fetcher }));
}

function signIn(pasted) {
  const token = bareToken(pasted);
  let claims;
  try {
    claims = readToken(token);
  } catch (error) {
    showProblem(`Not a usable token: ${error.message}.`);
    return;
  }
  showProblem(null);
  field.value = "";
  signOut.hidden = false;
  showIdentity(claims);
  connect(token);
}

function forgetToken() {
  clearTimeout(expiryTimer);
  showProblem(null);
  signOut.hidden = true;
  identity.dataset.state = "signed-out";
  identity.replaceChildren("Not signed in");
  connect(null);
  field.focus();
}

function showProblem(text) {
  problem.hidden = text === null;
  problem.textContent = text;
  field.setAttribute("aria-invalid", String(text !== null));
}

function showIdentity(claims) {
  const { user, roles, expiresAt } = claims;
  const msLeft = expiresAt === null ? Infinity : expiresAt - Date.now();
  const name = Object.assign(document.createElement("strong"), { textContent: user, title: user });
  identity.dataset.state = msLeft > 0 ? "signed-in" : "expired";
  identity.replaceChildren(...(msLeft > 0 ? ["Signed in as ", name, detail(roles, expiresAt)] : expired(name, expiresAt)));
  clearTimeout(expiryTimer);
  if (msLeft > 0 && msLeft < Infinity) {
    expiryTimer = setTimeout(showIdentity, Math.min(msLeft, timerMsMax), claims);
  }
}

const detail = (roles, expiresAt) =>
  ` · ${roles.length === 0 ? "no roles" : roles.join(", ")}${expiresAt === null ? "" : ` · until ${local(expiresAt)}`}`;
const expired = (name, expiresAt) => ["The token of ", name, ` expired ${local(expiresAt)}: paste a new one`];
const local = (instant) => instant.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });

form.addEventListener("submit", (event) => {
  event.preventDefault();
  signIn(field.value);
});
field.addEventListener("input", ({ inputType }) => {
  showProblem(null);
  if (inputType === "insertFromPaste") signIn(field.value);
});
signOut.addEventListener("click", forgetToken);
connect(null);
askOpener(signIn);
