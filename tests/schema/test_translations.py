"""What clients see of values of the domain."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta, timezone
from typing import Any

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from domain.model import adaptations as adaptation
from domain.model import catalogues as catalogues_model
from domain.model import configs as configs_model
from domain.model import interactions as interactions_model
from domain.model import profiles as profiles_model
from domain.model.conditions import AtPlace, Not
from domain.model.insights import ModelTask
from domain.model.news import RuleChanged, SegmentChanged
from domain.model.pages import Page
from domain.model.principals import Role
from domain.model.rules import Rule, RuleChangeKind, RuleContent, RuleId, RuleKey, RuleRevision, RuleStatus
from domain.model.schedules import Schedule, Weekday, WeeklyWindow
from domain.model.segments import SegmentKey, SegmentMembership
from domain.model.skills import SkillLevel
from domain.model.users import UserId
from domain.rules.comparisons import changes_between
from domain.rules.instants import microseconds
from domain.rules.segments import BUILT_IN_SEGMENTS
from resolvers.rules import ComparedRevision
from schema.scalars import SCALARS
from schema.types import catalogues, configs, insights, interactions, rules, users
from schema.types.pages import Connection
from tests.schema.asking import NOW, ask

EARLIER = NOW - timedelta(days=40)


def a_rule() -> Rule:
    content = RuleContent(
        key=RuleKey("dark"),
        name="Dark at night",
        description="For the eyes",
        priority=7,
        places=frozenset({"settings", "dashboard"}),
        condition=Not(AtPlace(frozenset({"login"}))),
        coverage=0.25,
        adaptations=(
            adaptation.SetTheme(adaptation.ThemeMode.DARK),
            adaptation.SetLayout(adaptation.LayoutDensity.COMPACT),
            adaptation.SetFeature("export", visible=True, highlighted=True),
            adaptation.OrderNavigation(("home",), by_usage=True),
            adaptation.AddShortcut("board"),
            adaptation.FilterContent(("new",), ("old",)),
            adaptation.SetDifficulty(SkillLevel.ADVANCED),
            adaptation.RecommendFeature("import"),
            adaptation.SetParameter("limit", {"rows": 5}),
        ),
        schedule=Schedule(
            starts_at=EARLIER,
            windows=(WeeklyWindow(time(22), time(6, 30), frozenset({Weekday.SUNDAY, Weekday.MONDAY})),),
        ),
    )
    return Rule(
        id=RuleId("r"),
        salt="dark",
        status=RuleStatus.ACTIVE,
        revision=3,
        content=content,
        created_at=EARLIER,
        updated_at=NOW,
        updated_by=UserId("author"),
    )


def a_config() -> configs_model.Config:
    decision = configs_model.Decision(configs_model.Slot("theme.mode"), None)
    return configs_model.Config(
        revision="abc",
        decided_at=NOW,
        holds_until=NOW + timedelta(hours=1),
        source=configs_model.ConfigSource.CACHED,
        theme_mode=adaptation.ThemeMode.DARK,
        features=(configs_model.FeatureState("export"), configs_model.FeatureState("import", visible=False)),
        navigation=("home", "board"),
        shortcuts=("board",),
        include=("new",),
        recommendations=tuple(configs_model.Recommendation(f"f{n}", 1 / n, "popular") for n in range(1, 8)),
        parameters={"limit": 5},
        decisions=(decision,),
    )


def a_profile() -> profiles_model.Profile:
    history = profiles_model.History(
        interactions=3,
        first_seen_us=microseconds(EARLIER),
        last_seen_us=microseconds(NOW),
        features={"export": profiles_model.FeatureHistory(3, microseconds(EARLIER), microseconds(NOW))},
        sections={"reports": 3},
        tags={"new": profiles_model.TagHistory(10, 0)},
        devices={interactions_model.Device.MOBILE: 3},
    )
    return profiles_model.Profile(
        user_id=UserId("own"),
        revision=4,
        history=history,
        traits={"plan": "pro"},
        skill=SkillLevel.INTERMEDIATE,
        computed_at=NOW,
    )


def an_interaction() -> interactions_model.RecordedInteraction:
    done = interactions_model.Interaction(
        interactions_model.InteractionKey("k"),
        UserId("own"),
        interactions_model.InteractionKind.CLICK,
        datetime(2030, 1, 31, 10, 30, tzinfo=timezone(timedelta(hours=1))),
    )
    return interactions_model.RecordedInteraction(1, done, NOW)


def a_catalogue() -> catalogues_model.Catalogue:
    return catalogues_model.Catalogue(
        features=(catalogues_model.CatalogueItem("export", "Export", SkillLevel.ADVANCED),),
        parameters=(catalogues_model.CatalogueParameter("limit", "Limit", {"rows": 5}),),
        defaults=(catalogues_model.PlaceDefaults("login", hidden_features=("export",)),),
    )


@strawberry.type
class Shown:
    """Each value of the domain as a client sees it."""

    @strawberry.field
    def rule(self) -> rules.Rule:
        return rules.Rule.of(a_rule())

    @strawberry.field
    def config(self) -> configs.Config:
        return configs.Config.of(a_config())

    @strawberry.field
    def update(self) -> configs.ConfigUpdate:
        slots = (configs_model.Slot("theme.mode"),)
        cause = configs_model.UpdateCause.SCHEDULE
        return configs.ConfigUpdate.of(configs_model.ConfigUpdate(a_config(), cause, slots))

    @strawberry.field
    def profile(self) -> users.Profile:
        return users.Profile.of(a_profile(), NOW)

    @strawberry.field
    def declared(self) -> users.Profile:
        return users.Profile.of(profiles_model.Profile(UserId("own"), revision=1, computed_at=EARLIER), NOW)

    @strawberry.field
    def done(self) -> Connection[interactions.Interaction]:
        page = Page((an_interaction(),), ("cursor",), has_next=True)
        return Connection[interactions.Interaction].of(page, interactions.Interaction.of, "before")

    @strawberry.field
    def nothing(self) -> Connection[interactions.Interaction]:
        empty: Page[interactions_model.RecordedInteraction] = Page((), (), has_next=False)
        return Connection[interactions.Interaction].of(empty, interactions.Interaction.of, None)

    @strawberry.field
    def catalogue(self) -> catalogues.Catalogue:
        return catalogues.Catalogue.of(a_catalogue())

    @strawberry.field
    def member(self) -> users.SegmentMember:
        segment = users.Segment.of(BUILT_IN_SEGMENTS[0])
        membership = SegmentMembership(SegmentKey(segment.key), 0.75, EARLIER)
        return users.SegmentMember.of((UserId("own"), membership), segment)

    @strawberry.field
    def joined(self) -> users.SegmentChange:
        segment = BUILT_IN_SEGMENTS[0]
        news = SegmentChanged(UserId("own"), segment.key, joined=True, confidence=0.75, at=NOW)
        return users.SegmentChange.of((news, segment))

    @strawberry.field
    def changed(self) -> rules.RuleChange:
        news = RuleChanged(RuleId("r"), 3, 9, RuleChangeKind.UPDATED, UserId("author"), NOW)
        return rules.RuleChange.of((news, a_rule()))

    @strawberry.field
    def revised(self) -> rules.RuleRevision:
        revision = RuleRevision(a_rule(), RuleChangeKind.UPDATED)
        return rules.RuleRevision.of(ComparedRevision(revision, changes_between(a_rule(), a_rule())))


SHOWN = strawberry.Schema(query=Shown, config=StrawberryConfig(scalar_map=SCALARS))


async def shown(field: str) -> Any:
    result = await ask(f"{{ {field} }}", Role.ADMIN, schema=SHOWN)
    assert result.errors is None
    assert isinstance(result.data, Mapping)
    (value,) = result.data.values()
    return value


@pytest.mark.parametrize(
    ("field", "seen"),
    [
        (
            "rule { id key name description status revision priority createdAt updatedAt updatedBy coverage }",
            {
                "id": "r",
                "key": "dark",
                "name": "Dark at night",
                "description": "For the eyes",
                "status": "ACTIVE",
                "revision": 3,
                "priority": 7,
                "createdAt": "2029-12-22T09:30:00Z",
                "updatedAt": "2030-01-31T09:30:00Z",
                "updatedBy": "author",
                "coverage": 0.25,
            },
        ),
        (
            "rule { places condition }",
            {"places": ["dashboard", "settings"], "condition": {"not": {"place": ["login"]}}},
        ),
        (
            "rule { schedule { startsAt endsAt windows { weekdays from until } } }",
            {
                "schedule": {
                    "startsAt": "2029-12-22T09:30:00Z",
                    "endsAt": None,
                    "windows": [{"weekdays": ["MONDAY", "SUNDAY"], "from": "22:00", "until": "06:30"}],
                }
            },
        ),
        (
            "config { revision source decidedAt holdsUntil theme { mode } layout { density } parameters }",
            {
                "revision": "abc",
                "source": "CACHED",
                "decidedAt": "2030-01-31T09:30:00Z",
                "holdsUntil": "2030-01-31T10:30:00Z",
                "theme": {"mode": "DARK"},
                "layout": {"density": "COMFORTABLE"},
                "parameters": {"limit": 5},
            },
        ),
        (
            (
                'config { features { key visible highlighted } feature(key: "import") { visible } '
                'none: feature(key: "x") { key } }'
            ),
            {
                "features": [
                    {"key": "export", "visible": True, "highlighted": False},
                    {"key": "import", "visible": False, "highlighted": False},
                ],
                "feature": {"visible": False},
                "none": None,
            },
        ),
        (
            (
                "config { navigation { order shortcuts } content { difficulty include exclude } "
                "decisions { slot rule { id } variation lost { reason } } }"
            ),
            {
                "navigation": {"order": ["home", "board"], "shortcuts": ["board"]},
                "content": {"difficulty": "BEGINNER", "include": ["new"], "exclude": []},
                "decisions": [{"slot": "theme.mode", "rule": None, "variation": None, "lost": []}],
            },
        ),
        (
            "config { recommendations(first: 1) { feature score reason } }",
            {"recommendations": [{"feature": "f1", "score": 1.0, "reason": "popular"}]},
        ),
        (
            "update { cause changedSlots config { revision } }",
            {"cause": "SCHEDULE", "changedSlots": ["theme.mode"], "config": {"revision": "abc"}},
        ),
        (
            "profile { revision skill traits firstSeenAt lastSeenAt computedAt activity { interactions sessions } }",
            {
                "revision": 4,
                "skill": "INTERMEDIATE",
                "traits": {"plan": "pro"},
                "firstSeenAt": "2029-12-22T09:30:00Z",
                "lastSeenAt": "2030-01-31T09:30:00Z",
                "computedAt": "2030-01-31T09:30:00Z",
                "activity": {"interactions": 3, "sessions": 0},
            },
        ),
        (
            (
                "profile { features { feature uses adopted lastUsedAt } devices { device share } "
                "sections { section visits share } contentPreferences { tag affinity } }"
            ),
            {
                "features": [{"feature": "export", "uses": 3, "adopted": True, "lastUsedAt": "2030-01-31T09:30:00Z"}],
                "devices": [{"device": "MOBILE", "share": 1.0}],
                "sections": [{"section": "reports", "visits": 3, "share": 1.0}],
                "contentPreferences": [{"tag": "new", "affinity": 0.75}],
            },
        ),
        (
            "profile { usagePattern { weekdays consistency sessionSecondsMedian trend } }",
            {
                "usagePattern": {
                    "weekdays": [0.0] * 7,
                    "consistency": None,
                    "sessionSecondsMedian": None,
                    "trend": "UNKNOWN",
                }
            },
        ),
        (
            "declared { firstSeenAt lastSeenAt segments { confidence } }",
            {"firstSeenAt": "2029-12-22T09:30:00Z", "lastSeenAt": "2029-12-22T09:30:00Z", "segments": []},
        ),
        (
            (
                "done { edges { cursor node { id kind occurredAt receivedAt properties target device } } "
                "pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }"
            ),
            {
                "edges": [
                    {
                        "cursor": "cursor",
                        "node": {
                            "id": "own:k",
                            "kind": "CLICK",
                            "occurredAt": "2030-01-31T09:30:00Z",
                            "receivedAt": "2030-01-31T09:30:00Z",
                            "properties": {},
                            "target": None,
                            "device": None,
                        },
                    }
                ],
                "pageInfo": {
                    "hasNextPage": True,
                    "hasPreviousPage": True,
                    "startCursor": "cursor",
                    "endCursor": "cursor",
                },
            },
        ),
        (
            "nothing { edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }",
            {
                "edges": [],
                "pageInfo": {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None},
            },
        ),
        (
            (
                "catalogue { features { key name stage } navigation { key } parameters { key default } "
                "defaults { place themeMode density hiddenFeatures navigation } }"
            ),
            {
                "features": [{"key": "export", "name": "Export", "stage": "ADVANCED"}],
                "navigation": [],
                "parameters": [{"key": "limit", "default": {"rows": 5}}],
                "defaults": [
                    {
                        "place": "login",
                        "themeMode": "SYSTEM",
                        "density": "COMFORTABLE",
                        "hiddenFeatures": ["export"],
                        "navigation": [],
                    }
                ],
            },
        ),
        (
            "member { user { id } membership { confidence since source segment { key kind } } }",
            {
                "user": {"id": "own"},
                "membership": {
                    "confidence": 0.75,
                    "since": "2029-12-22T09:30:00Z",
                    "source": "CONDITION",
                    "segment": {"key": "new_user", "kind": "BUILT_IN"},
                },
            },
        ),
        (
            "joined { user { id } segment { key } joined confidence at }",
            {
                "user": {"id": "own"},
                "segment": {"key": "new_user"},
                "joined": True,
                "confidence": 0.75,
                "at": "2030-01-31T09:30:00Z",
            },
        ),
        (
            "changed { rule { revision } kind by at }",
            {"rule": {"revision": 3}, "kind": "UPDATED", "by": "author", "at": "2030-01-31T09:30:00Z"},
        ),
        (
            "revised { revision at by kind changes }",
            {"revision": 3, "at": "2030-01-31T09:30:00Z", "by": "author", "kind": "UPDATED", "changes": []},
        ),
    ],
)
async def test_a_value_is_shown_field_by_field(field: str, seen: dict[str, Any]) -> None:
    assert await shown(field) == seen


async def test_every_kind_of_adaptation_is_shown_as_what_it_is() -> None:
    field = """rule { adaptations {
      __typename
      ... on SetTheme { mode }
      ... on SetLayout { density }
      ... on SetFeature { feature visible highlighted }
      ... on OrderNavigation { first byUsage }
      ... on AddShortcut { target }
      ... on FilterContent { include exclude }
      ... on SetDifficulty { level }
      ... on RecommendFeature { recommended: feature }
      ... on SetParameter { key value }
    } }"""
    assert await shown(field) == {
        "adaptations": [
            {"__typename": "SetTheme", "mode": "DARK"},
            {"__typename": "SetLayout", "density": "COMPACT"},
            {"__typename": "SetFeature", "feature": "export", "visible": True, "highlighted": True},
            {"__typename": "OrderNavigation", "first": ["home"], "byUsage": True},
            {"__typename": "AddShortcut", "target": "board"},
            {"__typename": "FilterContent", "include": ["new"], "exclude": ["old"]},
            {"__typename": "SetDifficulty", "level": "ADVANCED"},
            {"__typename": "RecommendFeature", "recommended": "import"},
            {"__typename": "SetParameter", "key": "limit", "value": {"rows": 5}},
        ]
    }


async def test_a_revision_holds_the_rule_as_it_could_be_written_again() -> None:
    written = (await shown("revised { rule }"))["rule"]
    assert written["status"] == "ACTIVE"
    assert written["key"] == "dark"
    assert written["adaptations"][0] == {"setTheme": {"mode": "DARK"}}


async def test_recommendations_come_five_at_a_time_unless_asked_otherwise() -> None:
    assert len((await shown("config { recommendations { feature } }"))["recommendations"]) == 5
    assert len((await shown("config { recommendations(first: 100) { feature } }"))["recommendations"]) == 7


async def test_instants_are_shown_in_utc_whatever_their_offset() -> None:
    assert NOW.tzinfo is UTC
    node = (await shown("done { edges { node { occurredAt } } }"))["edges"][0]["node"]
    assert node["occurredAt"] == "2030-01-31T09:30:00Z"


async def test_a_model_that_is_not_kept_any_more_is_named_all_the_same() -> None:
    @strawberry.type
    class Query:
        @strawberry.field
        def model(self) -> insights.Model:
            return insights.Model.not_kept(ModelTask.LIFETIME_VALUE, "v1", NOW)

    schema = strawberry.Schema(query=Query, config=StrawberryConfig(scalar_map=SCALARS))
    asked = (
        "{ model { name task version trainedAt trainingRows servesBaseline note quality { metric } drift { level } } }"
    )
    result = await ask(asked, schema=schema)

    assert result.errors is None
    assert result.data == {
        "model": {
            "name": "lifetime_value",
            "task": "LIFETIME_VALUE",
            "version": "v1",
            "trainedAt": "2030-01-31T09:30:00Z",
            "trainingRows": 0,
            "servesBaseline": False,
            "note": insights.NOT_KEPT,
            "quality": [],
            "drift": None,
        }
    }
