// How is a ready query put into the editor? From a panel of GraphiQL's own, like its history.
/* global React, GraphiQL */
import { libraryOf } from "./library.js";

const element = React.createElement;

function Icon() {
  return element(
    "svg",
    { viewBox: "0 0 24 24", width: 24, height: 24, fill: "none", stroke: "currentColor", strokeWidth: 1.5 },
    element("path", { d: "M5 4h4v16H5zM10 4h4v16h-4zM15.5 5l3.8-.8 3 15.2-3.8.8z" }),
  );
}

function Panel() {
  const { addTab, queryEditor, variableEditor } = GraphiQL.React.useEditorContext({ nonNull: true });
  const open = ({ query, variables }) => {
    addTab();
    // The new tab takes the editors over when React has rendered it.
    requestAnimationFrame(() => {
      queryEditor.setValue(query);
      variableEditor.setValue(variables === undefined ? "" : JSON.stringify(variables, null, 2));
    });
  };
  return element(
    "div",
    { className: "attune-library" },
    element("h2", null, "Ready queries"),
    ...libraryOf(new Date()).map(({ group, queries }) =>
      element(
        "section",
        { key: group, "aria-label": group },
        element("h3", null, group),
        element(
          "ul",
          null,
          ...queries.map((ready) =>
            element("li", { key: ready.name }, element("button", { type: "button", onClick: () => open(ready) }, ready.name)),
          ),
        ),
      ),
    ),
  );
}

export const libraryPlugin = { title: "Ready queries", icon: Icon, content: Panel };
