"""Who may do what: the same answer for queries, mutations and subscriptions."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
import strawberry
from graphql import build_schema
from strawberry.schema.config import StrawberryConfig

from domain.model import configs as configs_model
from domain.model import segments as segments_model
from domain.model.adaptations import SetTheme, ThemeMode
from domain.model.principals import Role
from domain.model.rules import Rule, RuleContent, RuleId, RuleKey, RuleStatus
from domain.model.users import UserId
from resolvers.authorization import oneself_or
from schema.build import printed_schema
from schema.scalars import SCALARS
from schema.types import configs, rules, users
from tests.schema.asking import NOW, SCHEMA, ask, context_for, outcome, principal

ROLES: tuple[tuple[Role, ...], ...] = ((), (Role.USER,), (Role.ANALYST,), (Role.ADMIN,), (Role.SERVICE,))

USER, ANALYST, ADMIN, SERVICE = Role.USER, Role.ANALYST, Role.ADMIN, Role.SERVICE
ANYBODY = frozenset(Role)
EDITORS = frozenset({ADMIN})
READERS = frozenset({ADMIN, ANALYST})
OPERATORS = frozenset({ADMIN, SERVICE})
OVERSEERS = frozenset({ADMIN, ANALYST, SERVICE})

CONTEXT = '{place: "dashboard"}'
RULE = '{key: "dark", name: "Dark", condition: {always: true}, adaptations: [{setTheme: {mode: DARK}}]}'
PERIOD = '{from: "2030-01-01T00:00:00Z", until: "2030-01-31T00:00:00Z"}'
SEGMENT = '{key: "fans", name: "Fans", condition: {lastSeenDays: {lte: 3}}}'
DONE = 'key: "k", kind: CLICK, occurredAt: "2030-01-31T09:00:00Z"'


@dataclass(frozen=True, slots=True)
class Case:
    """One way to use a root field, and the roles that may."""

    kind: str
    field: str
    text: str
    allowed: frozenset[Role]

    @property
    def operation(self) -> str:
        return f"{self.kind} {{ {self.text} }}"


CASES = [
    Case("query", "viewer", "viewer { id }", ANYBODY),
    Case("query", "user", 'user(id: "other") { id }', OVERSEERS),
    Case("query", "user", 'user(id: "own") { id }', OVERSEERS),
    Case("query", "users", "users { edges { cursor } }", OVERSEERS),
    Case("query", "rule", 'rule(id: "r") { id }', READERS),
    Case("query", "rules", "rules { edges { cursor } }", READERS),
    Case("query", "previewRule", f"previewRule(input: {RULE}) {{ audience }}", READERS),
    Case("query", "segments", "segments { key }", READERS),
    Case("query", "segment", 'segment(key: "new_user") { key }', READERS),
    Case("query", "analytics", f"analytics(period: {PERIOD}) {{ users }}", READERS),
    Case("query", "segment", 'segment(key: "new_user") { analysis { users underperforming } }', READERS),
    Case("query", "models", "models { version }", READERS),
    Case("query", "catalogue", "catalogue { features { key } }", ANYBODY),
    Case("query", "auditLog", "auditLog { edges { cursor } }", READERS),
    Case("query", "exportRules", "exportRules", READERS),
    Case("mutation", "trackInteraction", f'trackInteraction(input: {{{DONE}, userId: "own"}}) {{ accepted }}', ANYBODY),
    Case(
        "mutation",
        "trackInteraction",
        f'trackInteraction(input: {{{DONE}, userId: "other"}}) {{ accepted }}',
        frozenset({SERVICE}),
    ),
    Case(
        "mutation",
        "trackInteractions",
        f'trackInteractions(input: [{{{DONE}}}, {{{DONE}, userId: "other"}}]) {{ accepted }}',
        frozenset({SERVICE}),
    ),
    Case("mutation", "trackInteractions", f"trackInteractions(input: [{{{DONE}}}]) {{ accepted }}", ANYBODY),
    Case(
        "mutation", "updateProfile", 'updateProfile(input: {traits: {plan: "pro"}}) { profile { revision } }', ANYBODY
    ),
    Case("mutation", "updateProfile", 'updateProfile(input: {userId: "other"}) { profile { revision } }', OPERATORS),
    Case("mutation", "recomputeProfile", 'recomputeProfile(userId: "own") { profile { revision } }', ANYBODY),
    Case("mutation", "recomputeProfile", 'recomputeProfile(userId: "other") { profile { revision } }', OPERATORS),
    Case(
        "mutation",
        "linkUsers",
        'linkUsers(input: {anonymousId: "other", userId: "own"}) { profile { revision } }',
        OPERATORS,
    ),
    Case(
        "mutation",
        "linkUsers",
        'linkUsers(input: {anonymousId: "own", userId: "other"}) { profile { revision } }',
        OPERATORS,
    ),
    Case("mutation", "createRule", f"createRule(input: {RULE}) {{ rule {{ id }} }}", EDITORS),
    Case(
        "mutation",
        "createRule",
        'createRule(input: {key: "", name: "", condition: {always: true}, adaptations: []}) { rule { id } }',
        EDITORS,
    ),
    Case(
        "mutation",
        "updateRule",
        f'updateRule(id: "r", expectedRevision: 1, input: {RULE}) {{ rule {{ id }} }}',
        EDITORS,
    ),
    Case(
        "mutation",
        "setRuleStatus",
        'setRuleStatus(id: "r", expectedRevision: 1, status: ACTIVE) { rule { id } }',
        EDITORS,
    ),
    Case(
        "mutation", "rollBackRule", 'rollBackRule(id: "r", expectedRevision: 2, toRevision: 1) { rule { id } }', EDITORS
    ),
    Case("mutation", "startExperiment", 'startExperiment(ruleId: "r") { rule { id } }', EDITORS),
    Case("mutation", "concludeExperiment", 'concludeExperiment(ruleId: "r", winner: "a") { rule { id } }', EDITORS),
    Case("mutation", "deleteRule", 'deleteRule(id: "r", expectedRevision: 1) { deleted }', EDITORS),
    Case(
        "mutation",
        "importRules",
        'importRules(input: {document: {format: "attune.rules", version: 1}}) { applied }',
        EDITORS,
    ),
    Case("mutation", "optimizeRules", "optimizeRules(input: {}) { suggestions { id } }", READERS),
    Case("mutation", "optimizeRules", "optimizeRules(input: {apply: true}) { applied { id } }", EDITORS),
    Case("mutation", "saveSegment", f"saveSegment(input: {SEGMENT}) {{ segment {{ key }} }}", EDITORS),
    Case("mutation", "deleteSegment", 'deleteSegment(key: "fans") { deleted }', EDITORS),
    Case("mutation", "saveCatalogue", "saveCatalogue(input: {}) { catalogue { features { key } } }", EDITORS),
    Case(
        "mutation",
        "overrideVariation",
        'overrideVariation(ruleId: "r", userId: "own", variation: "bold") { assignment { variation } }',
        EDITORS,
    ),
    Case(
        "mutation", "setPersonalization", "setPersonalization(enabled: false) { personalization { enabled } }", ANYBODY
    ),
    Case("mutation", "exportMyData", "exportMyData { data }", ANYBODY),
    Case("mutation", "eraseMyData", "eraseMyData { erased }", ANYBODY),
    Case("mutation", "eraseUser", 'eraseUser(userId: "other") { erased }', EDITORS),
    Case("mutation", "eraseUser", 'eraseUser(userId: "own") { erased }', EDITORS),
    Case("subscription", "configUpdated", f"configUpdated(context: {CONTEXT}) {{ cause }}", ANYBODY),
    Case("subscription", "configUpdated", f'configUpdated(context: {CONTEXT}, userId: "own") {{ cause }}', ANYBODY),
    Case("subscription", "configUpdated", f'configUpdated(context: {CONTEXT}, userId: "other") {{ cause }}', OPERATORS),
    Case("subscription", "profileUpdated", "profileUpdated { cause }", ANYBODY),
    Case("subscription", "profileUpdated", 'profileUpdated(userId: "other") { cause }', OPERATORS),
    Case("subscription", "segmentChanged", "segmentChanged { joined }", ANYBODY),
    Case("subscription", "segmentChanged", 'segmentChanged(segment: "new_user", userId: "own") { joined }', ANYBODY),
    Case("subscription", "segmentChanged", 'segmentChanged(userId: "other") { joined }', READERS),
    Case("subscription", "analyticsUpdated", f"analyticsUpdated(period: {PERIOD}) {{ users }}", READERS),
    Case("subscription", "ruleChanged", "ruleChanged { kind }", READERS),
]


async def errors_of(case: Case, roles: tuple[Role, ...]) -> str:
    if case.kind != "subscription":
        return outcome((await ask(case.operation, *roles)).errors)
    stream = await SCHEMA.subscribe(case.operation, context_value=context_for(*roles))
    result = await anext(stream)
    await stream.aclose()
    return outcome(result.errors)


def expected(case: Case, roles: tuple[Role, ...]) -> str:
    if not roles:
        return "UNAUTHENTICATED"
    return "FORBIDDEN" if case.allowed.isdisjoint(roles) else "ALLOWED"


@pytest.mark.parametrize("roles", ROLES, ids=lambda roles: "+".join(roles) or "anonymous")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.text)
async def test_only_the_stated_roles_get_past_a_root_field(case: Case, roles: tuple[Role, ...]) -> None:
    assert await errors_of(case, roles) == expected(case, roles)


def test_every_root_field_stands_in_the_table() -> None:
    core = build_schema(printed_schema())
    roots = {"query": core.query_type, "mutation": core.mutation_type, "subscription": core.subscription_type}
    fields = {(kind, field) for kind, root in roots.items() if root is not None for field in root.fields}
    assert {(case.kind, case.field) for case in CASES} == fields


def a_rule() -> Rule:
    return Rule(
        id=RuleId("r"),
        salt="dark",
        status=RuleStatus.ACTIVE,
        revision=3,
        content=RuleContent(key=RuleKey("dark"), name="Dark", adaptations=(SetTheme(ThemeMode.DARK),)),
        created_at=NOW,
        updated_at=NOW + timedelta(hours=1),
        updated_by=UserId("author"),
    )


@strawberry.type
class Within:
    """Reaches, without a store, what lies inside the answers of root fields."""

    @strawberry.field
    def rule(self) -> rules.Rule:
        return rules.Rule.of(a_rule())

    @strawberry.field
    def segment(self) -> users.Segment:
        key = segments_model.SegmentKey("fans")
        return users.Segment.of(segments_model.Segment(key, "Fans", "", segments_model.SegmentKind.CONDITION))

    @strawberry.field
    def config(self) -> configs.Config:
        return configs.Config.of(configs_model.Config("revision", NOW))


WITHIN = strawberry.Schema(query=Within, config=StrawberryConfig(scalar_map=SCALARS))


@pytest.mark.parametrize("roles", ROLES, ids=lambda roles: "+".join(roles) or "anonymous")
@pytest.mark.parametrize(
    "field",
    [
        "rule { condition }",
        "rule { conditionText }",
        "rule { places }",
        "rule { coverage }",
        "rule { exclusionGroup }",
        "rule { schedule { startsAt } }",
        "rule { updatedBy }",
        "rule { history { edges { cursor } } }",
        "rule { comparison(from: 3) }",
        "segment { size }",
        "segment { condition }",
        "segment { members { edges { cursor } } }",
    ],
)
async def test_whom_a_rule_or_segment_is_about_is_for_admins_and_analysts(field: str, roles: tuple[Role, ...]) -> None:
    result = await ask(f"{{ {field} }}", *roles, schema=WITHIN)
    allowed = not READERS.isdisjoint(roles)
    assert outcome(result.errors) == ("ALLOWED" if allowed else "FORBIDDEN" if roles else "UNAUTHENTICATED")


async def test_a_user_may_know_the_name_of_the_rule_that_decided() -> None:
    result = await ask("{ rule { id key name priority adaptations { __typename } } }", Role.USER, schema=WITHIN)
    assert result.errors is None
    assert result.data == {
        "rule": {
            "id": "r",
            "key": "dark",
            "name": "Dark",
            "priority": 0,
            "adaptations": [{"__typename": "SetTheme"}],
        }
    }


def test_somebody_who_is_also_a_user_may_do_what_each_role_may() -> None:
    assert oneself_or(principal(Role.USER, Role.ADMIN), "other", (Role.ADMIN,)) == "other"
