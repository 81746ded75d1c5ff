// Which task of an admin is which operation? Grouped as the console's pages are; ids and keys go into the variables.

const lastDays = (now, days) => ({
  from: new Date(now.getTime() - days * 86_400_000).toISOString(),
  until: now.toISOString(),
});

/** `[group, [name, operation, variables]...]`, so that every line can be read at once; `now` ends the periods. */
export function libraryOf(now) {
  const period = lastDays(now, 30);
  const groups = [
    ["Overview", ["How is everything going?", analytics, { period }], ["What do the figures suggest?", suggestions],
      ["Carry out what they suggest", applySuggestions], ["Follow the figures", followAnalytics, { period }]],
    ["People", ["Who may stay away?", atRisk], ["Everything of one user", oneUser, { id: "demo" }],
      ["Why do they see this?", why, { id: "demo" }], ["Learn a profile afresh", recompute, { id: "" }],
      ["Declare traits", declare, { input: { userId: "", traits: { plan: "pro" } } }],
      ["Link an anonymous user", link, { input: { anonymousId: "", userId: "" } }],
      ["Erase a user", erase, { id: "" }], ["Follow a profile", followProfile, { id: "demo" }]],
    ["Rules", ["All rules", rules], ["How does each do?", performance],
      ["Activate, pause, archive", setStatus, { id: "", expectedRevision: 1, status: "PAUSED" }],
      ["Delete a rule", deleteRule, { id: "", expectedRevision: 1 }], ["Export everything", exportRules],
      ["What would an import change?", importRules, { input: { document: { rules: [] } } }],
      ["Follow changes of rules", followRules]],
    ["Segments", ["All segments", segments, { period }], ["Who is in one?", members, { key: "power_user" }],
      ["Save a segment", saveSegment, { input: aSegment }], ["Delete a segment", deleteSegment, { key: "" }],
      ["Follow who joins and leaves", followSegments]],
    ["Experiments", ["What has been found?", experiments], ["Start one", start, { id: "" }],
      ["Conclude one", conclude, { id: "", winner: "" }],
      ["Give somebody a variation", override, { ruleId: "", userId: "", variation: null }]],
    ["Catalogue, models, audit log", ["The catalogue", catalogue],
      ["Replace the catalogue", saveCatalogue, { input: { features: [], holdout: 0.1 } }],
      ["How good are the models?", models], ["Who changed what?", auditLog, { filter: { from: period.from } }]],
  ];
  return groups.map(([group, ...queries]) => ({
    group,
    queries: queries.map(([name, query, variables]) => ({ name, query, variables })),
  }));
}

const errors = "userErrors { message code path }";

const figures = "users activeUsers interactions conversions configsServed cacheHitRate configLatencyMsP50\n    " +
  "configLatencyMsP99 pushes rulesActive experimentsRunning";

const analytics = `query Analytics($period: PeriodInput!) {
  analytics(period: $period) {
    ${figures}
    programmeLift { relative low high chanceToWin }
    programmeLiftAbsent
    series { day activeUsers interactions conversions }
  }
}
`;

const followAnalytics = `subscription FollowAnalytics($period: PeriodInput!) {
  analyticsUpdated(period: $period) {
    ${figures}
  }
}
`;

const suggestions = `mutation Suggestions {
  optimizeRules(input: { apply: false }) {
    suggestions { kind text applicable evidence rule { id name } segment { key } }
    ${errors}
  }
}
`;

const applySuggestions = `# Changes rules; each change can be rolled back.
mutation ApplySuggestions {
  optimizeRules(input: { apply: true }) {
    applied { kind text rule { id revision } }
    ${errors}
  }
}
`;

const atRisk = `query AtRisk {
  users(filter: { churnRisk: { gte: 0.5 } }, first: 20) {
    edges {
      node {
        id
        profile { lastSeenAt segments { segment { key } confidence } }
        insights { churn { risk level factors { text } } lifetimeValue { expected } }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`;

const oneUser = `query OneUser($id: ID!) {
  user(id: $id) {
    personalization { enabled useOfModels }
    profile {
      revision skill traits lastSeenAt
      activity { sessions interactions conversions value }
      segments { segment { key name } confidence since }
      features { feature uses lastUsedAt }
    }
    assignments { rule { id name } run variation firstExposedAt convertedAt }
    interactions(first: 20) { edges { node { kind target occurredAt } } }
  }
}
`;

const why = `query Why($id: ID!) {
  user(id: $id) {
    config(context: { place: "dashboard" }) {
      decisions { slot rule { id name } variation lost { rule { name } reason } }
    }
    explanation(context: { place: "dashboard" }) {
      rules(first: 20) { rule { name } outcome failed wouldApplyIf }
    }
  }
}
`;

const recompute = `mutation RecomputeProfile($id: ID!) {
  recomputeProfile(userId: $id) { profile { revision } ${errors} }
}
`;

const declare = `mutation DeclareTraits($input: UpdateProfileInput!) {
  updateProfile(input: $input) { profile { traits } ${errors} }
}
`;

const link = `# Cannot be undone.
mutation LinkUsers($input: LinkUsersInput!) {
  linkUsers(input: $input) { profile { revision } ${errors} }
}
`;

const erase = `# Cannot be undone.
mutation EraseUser($id: ID!) {
  eraseUser(userId: $id) { erased ${errors} }
}
`;

const followProfile = `subscription FollowProfile($id: ID!) {
  profileUpdated(userId: $id) { cause profile { revision activity { interactions } } }
}
`;

const rules = `query AllRules {
  rules(first: 50) {
    totalCount
    edges { node { id key name status priority places conditionText revision updatedBy updatedAt } }
    pageInfo { hasNextPage endCursor }
  }
}
`;

const performance = `query Performance {
  rules(filter: { status: [ACTIVE] }, first: 50) {
    edges {
      node { id name performance { applied users conversions conversionRate dismissals } findings { kind text } }
    }
  }
}
`;

const setStatus = `mutation SetStatus($id: ID!, $expectedRevision: Int!, $status: RuleStatus!) {
  setRuleStatus(id: $id, expectedRevision: $expectedRevision, status: $status) {
    rule { status revision }
    ${errors}
  }
}
`;

const deleteRule = `mutation DeleteRule($id: ID!, $expectedRevision: Int!) {
  deleteRule(id: $id, expectedRevision: $expectedRevision) { deleted ${errors} }
}
`;

const exportRules = `query ExportRules {
  exportRules
}
`;

const importRules = `# Only says what would change; add "apply": true to do it.
mutation ImportRules($input: ImportInput!) {
  importRules(input: $input) {
    applied revision unchanged notes
    changes(first: 50) { kind subject details }
    ${errors}
  }
}
`;

const followRules = `subscription FollowRules {
  ruleChanged { kind by at rule { id name status revision } }
}
`;

const segments = `query AllSegments($period: PeriodInput!) {
  segments {
    key name kind size condition
    analysis(period: $period) { activeUsers conversionRate valuePerUser churnRiskMean underperforming }
  }
}
`;

const members = `query Members($key: String!) {
  segment(key: $key) {
    size
    members(first: 50) {
      edges { node { user { id } membership { confidence since } } }
      pageInfo { hasNextPage endCursor }
    }
  }
}
`;

const aSegment = {
  key: "regulars",
  name: "Come often",
  description: "Eight sessions or more in thirty days.",
  condition: { activity: { measure: "SESSIONS_30D", range: { gte: 8 } } },
};

const saveSegment = `mutation SaveSegment($input: SegmentInput!) {
  saveSegment(input: $input) { segment { key condition } ${errors} }
}
`;

const deleteSegment = `mutation DeleteSegment($key: String!) {
  deleteSegment(key: $key) { deleted ${errors} }
}
`;

const followSegments = `subscription FollowSegments {
  segmentChanged { at joined confidence user { id } segment { key } }
}
`;

const experiments = `query Experiments {
  rules(filter: { experiment: RUNNING }, first: 50) {
    edges {
      node {
        id
        name
        experiment {
          startedAt
          results {
            exposedUsers sampleRatioMismatch verdict verdictText
            variations { variation users conversions mean lift { relative sequentialLow sequentialHigh chanceToWin } absent }
          }
        }
      }
    }
  }
}
`;

const start = `mutation StartExperiment($id: ID!) {
  startExperiment(ruleId: $id) { rule { experiment { status } } ${errors} }
}
`;

const conclude = `mutation ConcludeExperiment($id: ID!, $winner: String!) {
  concludeExperiment(ruleId: $id, winner: $winner) { rule { experiment { status winner } } ${errors} }
}
`;

const override = `# A variation of null takes it back.
mutation OverrideVariation($ruleId: ID!, $userId: ID!, $variation: String) {
  overrideVariation(ruleId: $ruleId, userId: $userId, variation: $variation) {
    assignment { variation overridden }
    ${errors}
  }
}
`;

const catalogue = `query WholeCatalogue {
  catalogue {
    features { key name stage }
    navigation { key name }
    tags { key name }
    places { key name }
    parameters { key name default }
    defaults { place themeMode density hiddenFeatures navigation }
    holdout
  }
}
`;

const saveCatalogue = `# Replaces all of it: what the input leaves out is empty.
mutation SaveCatalogue($input: CatalogueInput!) {
  saveCatalogue(input: $input) { catalogue { holdout } ${errors} }
}
`;

const models = `query Models {
  models {
    name version trainedAt trainingRows servesBaseline note
    quality { metric value baseline low high }
    calibration { predicted observed rows }
    drift { level measuredAt signals { signal stability } }
  }
}
`;

const auditLog = `query AuditLog($filter: AuditFilter) {
  auditLog(filter: $filter, first: 20) {
    edges { node { at actor action subject userId before after } }
    pageInfo { hasNextPage endCursor }
  }
}
`;
