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

const myProfile = `# What the engine knows of you, and what models
# expect; null until something is known, and until
# models are trained (attune train).
query MyProfile {
  viewer {
    profile {
      revision
      skill
      activity { sessions interactions activeDays }
      segments { confidence segment { key name } }
      features { feature uses lastUsedAt }
    }
    insights {
      churn { risk level factors { text } model { version quality { metric value baseline } } }
      lifetimeValue { expected low high }
      nextActions { kind target probability }
      recommendations { feature reason }
    }
  }
}
`;

const ruleLife = `# The life of a rule: put the cursor into an
# operation, press Ctrl-Enter, then go on.
# Needs a token with the role admin.

# 1. What would this rule do? Nothing is stored.
query PreviewRule($rule: RuleInput!) {
  previewRule(input: $rule) {
    audience
    population
    changedConfigs
    changedSlots { slot users }
    findings { kind text }
    userErrors { message path }
  }
}

# 2. Make it: a draft, which decides nothing yet.
#    Copy its id into the Variables below.
mutation CreateRule($rule: RuleInput!) {
  createRule(input: $rule) {
    rule { id revision conditionText }
    findings { kind text }
    userErrors { message path }
  }
}

# 3. Let it decide.
mutation ActivateRule($id: ID!) {
  setRuleStatus(id: $id, expectedRevision: 1, status: ACTIVE) {
    rule { status revision }
    userErrors { message path }
  }
}

# 4. Why does this user get it, or not?
query ExplainRule($id: ID!, $user: ID!) {
  user(id: $user) {
    explanation(context: { place: "dashboard", device: MOBILE }) {
      rules(ids: [$id]) { outcome failed wouldApplyIf }
    }
  }
}

# 5. Edit the rule in the variables. What would that
#    change?
query PreviewEdit($id: ID!, $rule: RuleInput!) {
  previewRule(input: $rule, replacing: $id) {
    audience
    changedConfigs
    changedSlots { slot users }
    findings { kind text }
    userErrors { message path }
  }
}

# 6. Save it.
mutation EditRule($id: ID!, $rule: RuleInput!) {
  updateRule(id: $id, expectedRevision: 2, input: $rule) {
    rule { revision }
    findings { kind text }
    userErrors { message path }
  }
}

# 7. What is different now, and who did it?
query CompareRule($id: ID!) {
  rule(id: $id) {
    comparison(from: 1)
    history { edges { node { revision kind at by changes } } }
  }
}

# 8. Make the first revision the newest again.
mutation RollBackRule($id: ID!) {
  rollBackRule(id: $id, expectedRevision: 3, toRevision: 1) {
    rule { revision status priority }
    userErrors { message path }
  }
}

# All rules, the highest priority first.
query Rules {
  rules(first: 20) {
    edges { node { id key name status priority conditionText } }
  }
}
`;

const aRule = {
  key: "reports_within_reach",
  name: "Reports within reach of those who come often",
  priority: 30,
  condition: {
    all: [
      { activity: { measure: "SESSIONS_7D", range: { gte: 3 } } },
      { device: ["DESKTOP"] },
    ],
  },
  adaptations: [{ setFeature: { feature: "reports", highlighted: true } }],
};

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
    { query: ruleLife, variables: JSON.stringify({ id: "", user: "demo", rule: aRule }, null, 2) },
  ];
}

export const newTab = "# Ctrl-Space completes, Ctrl-Enter runs.\n";
