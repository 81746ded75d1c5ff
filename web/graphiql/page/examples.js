// What can a newcomer run at once? The tabs of a first visit; afterwards the browser keeps the visitor's own.

const myConfig = `# What you should see on the dashboard now.
# Run it with Ctrl-Enter.
query MyConfig {
  viewer {
    id
    config(context: { place: "dashboard" }) {
      revision
      theme { mode }
      layout { density }
      features { key visible }
    }
  }
}
`;

const liveConfig = `# The current config, then every change:
# leave it running while a rule changes.
subscription LiveConfig {
  configUpdated(context: { place: "dashboard" }) {
    cause
    changedSlots
    config {
      revision
      theme { mode }
      layout { density }
      features { key visible }
    }
  }
}
`;

const track = `# Tells the engine what you did. The same key
# is counted once: run it twice and see.
mutation Track($input: InteractionInput!) {
  trackInteraction(input: $input) {
    accepted
    duplicates
    userErrors { message code path }
  }
}
`;

const myProfile = `# What the engine knows of you; null until
# something is known.
query MyProfile {
  viewer {
    profile {
      revision
      skill
      activity { sessions interactions activeDays }
      segments { confidence segment { key name } }
      features { feature uses lastUsedAt }
    }
  }
}
`;

const rules = `# The rules by priority.
# Needs a token with the role admin.
query Rules {
  rules(first: 10) {
    edges {
      node { key name status priority conditionText }
    }
  }
}
`;

/** GraphiQL's default tabs; `now` makes the tracked interaction a fresh one. */
export function exampleTabs(now) {
  const input = {
    key: `graphiql-${now.getTime().toString(36)}`,
    kind: "FEATURE_USE",
    target: "export",
    occurredAt: now.toISOString(),
  };
  return [
    { query: myConfig },
    { query: liveConfig },
    { query: track, variables: JSON.stringify({ input }, null, 2) },
    { query: myProfile },
    { query: rules },
  ];
}

export const newTab = "# Ctrl-Space completes, Ctrl-Enter runs.\n";
