"""Which engine can everything be asked of, and always gets the same answer?

Its stores are filled by a running engine, over the API as host applications fill them. Then that one is stopped, and
another is composed over the same stores: nothing runs in it beside the operations, and its clock stands still. So the
fields that depend on the time (`decidedAt`, `computedAt`, what is counted over the last days, ...) depend on it alone.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson

from app.settings import load_settings
from app.wiring import adapters, assemble
from domain.model.configs import ConfigUpdate as ConfigNews
from domain.model.configs import Slot, UpdateCause
from domain.model.insights import ModelTask
from domain.model.news import RuleChanged, SegmentChanged
from domain.model.principals import ANONYMOUS, Principal, Role
from domain.model.rules import RuleChangeKind
from domain.model.trained_models import Drift
from domain.model.users import UserId
from migrations.runner import migrate
from persistence.postgres.engine import DatabaseTimeouts, create_engine
from persistence.postgres.units_of_work import PostgresUnitsOfWork
from resolvers import analytics, configs, segments
from resolvers.context import RequestContext
from resolvers.profiles import ProfileUpdate as ProfileNews
from schema.types.analytics import Analytics
from schema.types.configs import ConfigUpdate
from schema.types.rules import RuleChange
from schema.types.users import ProfileUpdate, SegmentChange
from tests.api.conftest import conversion, regular_session
from tests.api.journeys import (
    COMPACT,
    DARK,
    LIGHT,
    TRAITS,
    active,
    config_of,
    declare,
    done,
    draft,
    items,
    now,
    profile_after,
    save_catalogue,
    save_segment,
    track,
    updated,
    with_status,
)
from tests.api.test_experiment_results import PLAN, START, results_when
from tests.builders.tiny_models import TINY_KINDS, TINY_MODELS, tiny_artifact
from tests.conftest import TOKEN_SECRET
from tests.engines import serving
from tests.fakes.clocks import ManualClock
from tests.integration.postgres.databases import new_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from app.embedded.services import EmbeddedServices
    from app.wiring import Engine
    from tests.builders.operations import Drawn
    from tests.engines import Api, Speaker

REGULAR = "regular"
USERS = (REGULAR, "tried-0", "nobody-yet")
RULES = tuple(f"rule-{number}" for number in range(8))
TRIED = RULES[-1]
CURSORS = ("cursor-users", "cursor-rules")
WORDS = ("export", "chart", "theme.mode", "feature:export", "dark", "as-is", "news", "pro", "power_user", *CURSORS)
SINCE, UNTIL = now() - timedelta(days=20), now() + timedelta(hours=1)
"""Everything happens in between; later on, the clock stands at the end."""
TRIED_USERS = 12
PATIENT = DatabaseTimeouts(wait_for_connection_seconds=60.0, connect_seconds=60.0)
PLACES = ("dashboard", "quiet", "lab", "login")
EVERYTHING = (
    {"setTheme": {"mode": "DARK"}},
    {"setLayout": {"density": "COMPACT"}},
    {"setFeature": {"feature": "export", "highlighted": True}},
    {"orderNavigation": {"first": ["reports"], "byUsage": True}},
    {"addShortcut": {"target": "reports"}},
    {"filterContent": {"include": ["news"], "exclude": ["sport"]}},
    {"setDifficulty": {"level": "ADVANCED"}},
    {"recommendFeature": {"feature": "chart"}},
    {"setParameter": {"key": "limit", "value": 7}},
)
WINDOW = {"weekdays": ["MONDAY", "FRIDAY"], "from": "08:00", "until": "18:00"}
CHOOSE = "mutation{setPersonalization(enabled:true,useOfModels:true){userErrors{message}}}"
OVERRIDE = """mutation($rule:ID!,$user:ID!){
  overrideVariation(ruleId:$rule,userId:$user,variation:"dark"){userErrors{message}}}"""
EXPOSED = "{viewer{assignments{run}}}"


@dataclass(frozen=True, slots=True)
class SeededEngine:
    """`ids`: what the engine calls the rules and cursors that operations name."""

    engine: Engine
    ids: Mapping[str, str]

    def asked(self, drawn: Drawn) -> Drawn:
        """The operation, with the ids that this engine has given."""
        text, variables = drawn.text, orjson.dumps(drawn.variables).decode()
        for name, given in self.ids.items():
            text, variables = text.replace(f'"{name}"', f'"{given}"'), variables.replace(f'"{name}"', f'"{given}"')
        return replace(drawn, text=text, variables=orjson.loads(variables))

    def context(self, who: str) -> RequestContext:
        return RequestContext(self.principals()[who], "the-request", self.engine.use_cases)

    async def events(self) -> Mapping[str, object]:
        """By the name of its field: something that every subscription is told."""
        context, user = self.context("admin"), UserId(REGULAR)
        rules = context.use_cases.rules.known.rule_set
        segment, rule = segments.segments(context)[0], rules.rules[0].rule
        config = await configs.config(context, user, {"place": "dashboard"})
        profile = await context.use_cases.profiles.get(user)
        joined = SegmentChanged(user, segment.key, joined=True, confidence=0.75, at=UNTIL)
        changed = RuleChanged(rule.id, rule.revision, rules.revision, RuleChangeKind.UPDATED, user, UNTIL)
        return {
            "configUpdated": ConfigUpdate.of(ConfigNews(config, UpdateCause.RULE_CHANGED, (Slot("theme.mode"),))),
            "profileUpdated": ProfileUpdate.of(ProfileNews(profile, UpdateCause.PROFILE_CHANGED), UNTIL),
            "segmentChanged": SegmentChange.of((joined, segment)),
            "ruleChanged": RuleChange.of((changed, rule)),
            "analyticsUpdated": Analytics.of(analytics.period(context, {"from": SINCE, "until": UNTIL})),
        }

    def principals(self) -> Mapping[str, Principal]:
        """By a name: everybody who may ask."""
        signed_in = {
            "user": (REGULAR, Role.USER),
            "unknown user": ("nobody-yet", Role.USER),
            "analyst": ("test-analyst", Role.ANALYST),
            "admin": ("test-admin", Role.ADMIN),
            "service": ("test-service", Role.SERVICE),
        }
        roles = {name: Principal(UserId(user), frozenset({role})) for name, (user, role) in signed_in.items()}
        return {"anonymous": ANONYMOUS, "everything": Principal(UserId(REGULAR), frozenset(Role)), **roles}


@asynccontextmanager
async def seeded_engine(services: EmbeddedServices, data_dir: Path) -> AsyncIterator[SeededEngine]:
    database_url = await new_database(services.database_url)
    await migrate(database_url)
    settings = load_settings(
        database_url=database_url,
        redis_url=services.redis_url,
        token_secret=TOKEN_SECRET,
        data_dir=data_dir,
        worker_in_server=True,
        train_every="off",
    )
    async with serving(settings, TINY_KINDS) as api:
        ids = await _seed(api)
    # One statement after another, so that of fields that fail in the database it is always the same that fails first.
    database = create_engine(database_url, pool_size=1, timeouts=PATIENT)
    async with adapters(settings, TINY_KINDS) as parts:
        engine = assemble(replace(parts, begin=PostgresUnitsOfWork(database), clock=ManualClock(UNTIL)))
        await engine.use_cases.rules.refresh()
        yield SeededEngine(engine, ids)
    await database.dispose()


async def _seed(api: Api) -> Mapping[str, str]:
    await _put_models_in_use(api)
    await _catalogue(api)
    await save_segment(api, {"all": [{"traits": {"plan": "pro"}}]}, key="pro", name="Pro")
    await _regular(api)
    rules = await _rules(api)
    tried = await _tried(api)
    ids = {f"rule-{number}": rule["id"] for number, rule in enumerate([*rules, tried])}
    assert set(ids) == set(RULES)
    return {**ids, **await _cursors(api)}


async def _put_models_in_use(api: Api) -> None:
    engine = api.application._engine
    assert engine is not None
    async with engine.use_cases.begin() as work:
        for task in TINY_MODELS:
            artifact = tiny_artifact(task, version=f"{task.value}-1")
            await work.trained_models.add(artifact)
            await work.trained_models.use(task, artifact.manifest.version, now())
        churn = tiny_artifact(ModelTask.CHURN, version=f"{ModelTask.CHURN.value}-1").manifest
        drift = Drift(now(), 200, {"sessions_7d": 0.2, "recency_days": 0.1}, 0.12)
        await work.trained_models.note_drift(churn.task, churn.version, drift)
        await work.commit()


async def _catalogue(api: Api) -> None:
    await save_catalogue(
        api,
        features=[*items("export", "chart", "share"), {"key": "import", "name": "Import", "stage": "ADVANCED"}],
        navigation=items("home", "reports", "settings", "help"),
        tags=items("news", "sport", "culture"),
        places=items(*PLACES),
        parameters=[{"key": "limit", "name": "Limit", "default": 3}],
        defaults=[{"place": "quiet", "themeMode": "LIGHT", "density": "SPACIOUS", "hiddenFeatures": ["share"]}],
    )


async def _regular(api: Api) -> Speaker:
    user = api.as_user(REGULAR)
    sessions = [interaction for days_ago in range(2, 12) for interaction in regular_session(days_ago)]
    shown = done("SEARCH", sessionId="s1", section="home", value=2.5, properties={"a": [1, {"b": None}]})
    await track(user, *sessions, conversion(3), shown)
    await declare(user, traits=TRAITS)
    await user.ask(CHOOSE)
    await profile_after(user, 62)
    return user


async def _rules(api: Api) -> list[dict[str, Any]]:
    everything = await active(
        api, key="everything", name="Everything", places=["dashboard"], adaptations=EVERYTHING, priority=5, coverage=0.9
    )
    hours = {"startsAt": "2026-01-01T00:00:00Z", "endsAt": "2036-01-01T00:00:00Z", "windows": [WINDOW]}
    return [
        await updated(api, everything, adaptations=[*EVERYTHING], description="All there is.", priority=4),
        await active(api, key="bright", places=["dashboard"], adaptations=[LIGHT, COMPACT], priority=4),
        await active(api, key="segmented", condition={"segment": {"in": ["pro"]}}, adaptations=[DARK], priority=-1),
        await active(api, key="at_risk", condition={"churnRisk": {"gte": 0.9}}, places=["quiet"], coverage=0.4),
        await draft(api, key="scheduled", schedule=hours, exclusionGroup="group", coverage=0.5),
        await with_status(api, await active(api, key="paused", places=["lab"], adaptations=[LIGHT]), "PAUSED"),
        await draft(
            api, key="never", places=["lab"], condition={"all": [{"device": ["MOBILE"]}, {"device": ["DESKTOP"]}]}
        ),
    ]


async def _tried(api: Api) -> dict[str, Any]:
    """An experiment that some users have met, and one of them by hand."""
    until = {"endsAt": "2036-01-01T00:00:00Z"}
    planned = await draft(
        api, key="tried", places=["lab"], adaptations=EVERYTHING, experiment=PLAN, schedule=until, exclusionGroup="lab"
    )
    rule = await with_status(api, planned, "ACTIVE")
    assert (await api.as_admin().ask(START, id=rule["id"]))["startExperiment"]["userErrors"] == []
    users = [api.as_user(REGULAR), *(api.as_user(f"tried-{number}") for number in range(TRIED_USERS))]
    for user in users:
        await config_of(user, "lab")
    await results_when(api, rule, lambda found: bool(found["exposedUsers"] == len(users)))
    soon = (now() + timedelta(seconds=1)).isoformat()
    for user in users[::2]:
        await track(user, done("CONVERSION", occurredAt=soon, value=3.0))
    half = len(users[::2])
    await results_when(api, rule, lambda found: sum(each["conversions"] for each in found["variations"]) == half)
    assert await api.as_admin().ask(OVERRIDE, rule=rule["id"], user="tried-1")
    return rule


async def _cursors(api: Api) -> Mapping[str, str]:
    """Of the first item of some lists."""
    answer = await api.as_admin().ask(
        "{ users(first: 1) { pageInfo { endCursor } } rules(first: 1) { pageInfo { endCursor } } }"
    )
    return {f"cursor-{list_}": page["pageInfo"]["endCursor"] for list_, page in answer.items()}
