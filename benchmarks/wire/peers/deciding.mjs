// Decides the same configs as the engine, from rules and profiles in memory, written by hand: no more than this query
// and these rules need. The least that a GraphQL server in JavaScript could do for the same answer.
import { readFileSync } from 'node:fs'

const PRIME = 0x01000193
const BASIS = 0x811c9dc5

// FNV-1a, 32 bits, as GrowthBook's SDKs cover users (hash version 2).
function fnv1a(text, state = BASIS) {
  for (let index = 0; index < text.length; index++) state = Math.imul(state ^ text.charCodeAt(index), PRIME) >>> 0
  return state
}

const bucket = (state, id) => (fnv1a(String(fnv1a(id, state))) % 10000) / 10000

const APPLY = {
  setTheme: (config, { mode }, win) => win('theme.mode') && (config.theme = { mode }),
  setLayout: (config, { density }, win) => win('layout.density') && (config.layout = { density }),
  setFeature: (config, { feature: key, visible, highlighted }, win) =>
    win(`feature:${key}`) && config.features.push({ key, visible, highlighted }),
  addShortcut: (config, { target }, win) =>
    win(`shortcut:${target}`) && config.navigation.shortcuts.push(target),
  filterContent: (config, { include }, win) => {
    for (const tag of include) if (win(`content:${tag}`)) config.content.include.push(tag)
  },
  recommendFeature: (config, { feature }, win, name) =>
    win(`recommendation:${feature}`) &&
    config.recommendations.push({ feature, score: 1, reason: `recommended by “${name}”` }),
  setParameter: (config, { key, value }, win) => win(`parameter:${key}`) && (config.parameters[key] = value)
}

function prepared(rule) {
  const { key, name, plan, devices, sessions, coverage, priority, salt, adaptations } = rule
  const does = adaptations.flatMap(adaptation => Object.entries(adaptation).map(([kind, value]) => [APPLY[kind], value]))
  return { key, name, plan, devices: new Set(devices), sessions, coverage, priority, state: fnv1a(salt), does }
}

export function loaded(path) {
  const { rules, people } = JSON.parse(readFileSync(path))
  const ordered = rules.map(prepared).sort((one, other) => other.priority - one.priority)
  const byToken = new Map(people.map(person => [`Bearer ${person.id}`, person]))
  return { person: authorization => byToken.get(authorization), decide: (person, context) => decide(ordered, person, context) }
}

function decide(rules, person, { device }) {
  const config = {
    revision: '',
    source: 'DECIDED',
    decidedAt: new Date().toISOString(),
    holdsUntil: null,
    theme: { mode: 'SYSTEM' },
    layout: { density: 'COMFORTABLE' },
    features: [],
    navigation: { order: [], shortcuts: [] },
    content: { difficulty: 'BEGINNER', include: [], exclude: [] },
    recommendations: [],
    parameters: {},
    decisions: []
  }
  const taken = new Set()
  for (const rule of rules) {
    if (rule.plan !== person.plan || !rule.devices.has(device) || person.sessions < rule.sessions) continue
    if (bucket(rule.state, person.id) > rule.coverage) continue
    const win = slot => {
      if (taken.has(slot)) return false
      taken.add(slot)
      config.decisions.push({ slot, variation: null, rule: { key: rule.key } })
      return true
    }
    for (const [apply, value] of rule.does) apply(config, value, win, rule.name)
  }
  // The order that the engine keeps: features by key, decisions by slot.
  config.features.sort((one, other) => (one.key < other.key ? -1 : 1))
  config.decisions.sort((one, other) => (one.slot < other.slot ? -1 : 1))
  config.revision = fnv1a(JSON.stringify(config.decisions)).toString(16)
  return config
}
