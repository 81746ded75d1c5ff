"""An engine that gives answers again as bytes answers, counts and records exactly like one that makes each anew."""

from __future__ import annotations

import gc
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.asgi import graphql_endpoint
from app.authentication import TokenIssuer
from domain.errors import Refused
from domain.model.adaptations import LayoutDensity, SetLayout, ThemeMode
from domain.model.conditions import TraitsMatch
from domain.model.principals import Role
from domain.model.profiles import Preferences
from domain.model.rule_performance import Period
from domain.model.rules import RuleStatus
from domain.model.schedules import Schedule
from domain.model.users import UserId
from domain.ports.counters import Counter
from domain.ports.profiles import Gone
from domain.rules.instants import DAY_US, microseconds
from domain.use_cases.profiles import PreferencesChange
from tests.builders.asgi import Answer, post, question
from tests.builders.experiments import build_experiment
from tests.builders.interactions import interaction
from tests.builders.rules import DARK
from tests.integration.use_cases.conftest import SECRET
from tests.integration.use_cases.driving import ADMIN, Driven, content, key
from transport.limits import Limits

if TYPE_CHECKING:
    from domain.model.rules import Rule
    from transport.keeping import KeptAnswers

CONFIG = """config(context: $context) {
  revision source decidedAt holdsUntil theme { mode } layout { density } features { key visible highlighted }
  feature(key: "export") { visible } navigation { order shortcuts } content { difficulty include exclude }
  recommendations(first: 3) { feature score reason } parameters
  decisions { slot variation rule { id key name status revision priority updatedAt } lost { reason rule { key } } }
}"""
OWN = f"query ($context: ContextInput!) {{ viewer {{ id {CONFIG} }} }}"
OF_USER = f"query ($context: ContextInput!, $user: ID!) {{ user(id: $user) {{ id {CONFIG} }} }}"
NOTHING = PreferencesChange(Preferences(), frozenset())
LIGHT_PREFERRED = PreferencesChange(Preferences(theme_mode=ThemeMode.LIGHT), frozenset({"theme_mode"}))
COMPACT = SetLayout(LayoutDensity.COMPACT)
SOON = timedelta(minutes=5)

_numbers = count()


class Asked:
    """An engine's API, asked by anybody."""

    def __init__(self, engine: Driven, limits: Limits | None = None) -> None:
        self.engine = engine
        self.endpoint = graphql_endpoint(engine.settings, engine.engine, limits or Limits())

    def __repr__(self) -> str:
        """Short: hypothesis shows it with every failure."""
        return "the API"

    @property
    def kept(self) -> KeptAnswers:
        return self.endpoint.operations.kept

    async def ask(self, body: bytes, who: str, *roles: Role) -> Answer:
        now = self.engine.now()
        token = TokenIssuer(SECRET).issue(
            UserId(who), roles or (Role.USER,), timedelta(days=30), now.replace(hour=0, minute=0, second=0)
        )
        return await post(self.endpoint, body, token=token)

    async def own(self, who: str, place: str = "here", **context: object) -> dict[str, Any]:
        answer: dict[str, Any] = (await self.ask(question(OWN, context={"place": place, **context}), who)).json
        return answer["data"]["viewer"]["config"]  # type: ignore[no-any-return]


@pytest.fixture
def asked(engine: Driven) -> Asked:
    return Asked(engine)


async def declare(engine: Driven, user: str, plan: str = "pro", preferences: PreferencesChange = NOTHING) -> None:
    await engine.use_cases.update_profile(UserId(user), {"plan": plan}, preferences)
    await engine.settled()


async def activate(engine: Driven, name: str, place: str = "here", **parts: Any) -> Rule:
    rule = await engine.rule(name, places=frozenset({place}), **parts)
    await engine.settled()
    return rule


async def test_an_answer_from_bytes_is_the_answer_that_was_made(asked: Asked) -> None:
    await declare(asked.engine, "ada")
    await activate(asked.engine, "dark")
    first, second, third = [await asked.own("ada") for _ in range(3)]
    assert (first["source"], second["source"]) == ("DECIDED", "CACHED")
    assert third == second
    assert first == {**second, "source": "DECIDED"}
    assert (asked.kept.made, asked.kept.given) == (2, 1)


async def test_every_delivery_is_counted_and_recorded_whether_it_was_made_or_kept(asked: Asked) -> None:
    engine = asked.engine
    await declare(engine, "ada")
    rule = await activate(engine, "trial", experiment=build_experiment())
    await engine.use_cases.start_experiment(rule.id, ADMIN)
    await engine.settled()
    for _ in range(10):
        await asked.own("ada")
    assert asked.kept.given == 8
    tally = engine.counters.tally
    assert (tally[Counter.CONFIGS_DECIDED], tally[Counter.CONFIGS_CACHED]) == (1, 9)
    await engine.use_cases.applications.write(everything=True)
    async with engine.use_cases.begin() as work:
        (assignment,) = (await work.assignments.of_users([UserId("ada")]))[UserId("ada")]
    assert (assignment.applied.rule_id, assignment.times_applied) == (rule.id, 10)
    assert sum(await _latencies(engine)) == 10


async def _latencies(engine: Driven) -> tuple[int, ...]:
    await engine.engine.served.write()
    today = microseconds(engine.now()) // DAY_US
    served = await engine.use_cases.read_analytics.served(Period(today, today + 1))
    return tuple(served.latencies)


@pytest.mark.parametrize(("role", "times"), [(Role.SERVICE, 5), (Role.ANALYST, None)])
async def test_what_only_others_look_at_is_no_exposure_from_bytes_either(
    asked: Asked, role: Role, times: int | None
) -> None:
    engine = asked.engine
    await declare(engine, "ada")
    await activate(engine, "dark")
    for _ in range(5):
        await asked.ask(question(OF_USER, user="ada", context={"place": "here"}), "somebody", role)
    assert asked.kept.given == 3
    await engine.use_cases.applications.write(everything=True)
    async with engine.use_cases.begin() as work:
        found = (await work.assignments.of_users([UserId("ada")])).get(UserId("ada"), ())
    assert [one.times_applied for one in found] == ([] if times is None else [times])


async def test_two_users_who_ask_the_very_same_get_their_own(asked: Asked) -> None:
    await declare(asked.engine, "ada", "pro")
    await declare(asked.engine, "bob", "free")
    await activate(asked.engine, "for-pros", condition=TraitsMatch({"plan": "pro"}))
    for _ in range(4):
        assert (await asked.own("ada"))["theme"]["mode"] == "DARK"
        assert (await asked.own("bob"))["theme"]["mode"] == "SYSTEM"
    assert asked.kept.given == 4


@pytest.mark.parametrize("choose", ["erase", "opt out", "link"])
async def test_of_who_is_forgotten_no_bytes_are_left(asked: Asked, choose: str) -> None:
    engine, use_cases = asked.engine, asked.engine.use_cases
    await declare(engine, "ada")
    for _ in range(3):
        await asked.own("ada")
        await asked.ask(question(OF_USER, user="ada", context={"place": "here"}), "service", Role.SERVICE)
    assert len(asked.kept) == 2
    gc.disable()  # at once, not when garbage is collected
    try:
        if choose == "erase":
            await use_cases.erase_user(UserId("ada"))
        elif choose == "opt out":
            await use_cases.set_personalization(UserId("ada"), enabled=False, use_of_models=None)
        else:
            await use_cases.link_users(UserId("ada"), UserId("grace"))
        assert (len(asked.kept), asked.kept.size_bytes) == (0, 0)
    finally:
        gc.enable()


async def test_another_process_forgets_the_bytes_when_it_hears_of_it(asked: Asked, other_engine: Driven) -> None:
    await declare(asked.engine, "ada")
    for _ in range(3):
        await asked.own("ada")
    await other_engine.use_cases.erase_user(UserId("ada"))
    await asked.engine.settled()
    assert len(asked.kept) == 0


async def test_bytes_are_not_given_past_the_instant_at_which_the_config_changes(asked: Asked) -> None:
    engine = asked.engine
    await declare(engine, "ada")
    await activate(engine, "for-now", schedule=Schedule(ends_at=engine.now() + SOON))
    modes = []
    for _ in range(4):
        modes.append((await asked.own("ada"))["theme"]["mode"])
        engine.clock.advance(SOON / 2 - timedelta(microseconds=1))
    assert modes == ["DARK", "DARK", "DARK", "SYSTEM"]


async def test_while_the_database_is_away_an_answer_says_so(asked: Asked) -> None:
    await declare(asked.engine, "ada")
    freshness = asked.engine.engine.freshness
    sources = []
    for answers in (True, True, True, False, False, True, True):
        freshness.database_answers = answers
        sources.append((await asked.own("ada"))["source"])
    assert sources == ["DECIDED", "CACHED", "CACHED", "LAST_KNOWN", "LAST_KNOWN", "CACHED", "CACHED"]


async def test_while_news_may_be_missed_nothing_is_given_from_bytes(asked: Asked) -> None:
    await declare(asked.engine, "ada")
    for _ in range(3):
        await asked.own("ada")
    asked.engine.use_cases.profiles.distrust()
    before = asked.kept.given
    await asked.own("ada")
    assert asked.kept.given == before


async def test_a_token_that_ends_is_refused_although_its_answer_is_kept(asked: Asked) -> None:
    await declare(asked.engine, "ada")
    clock, body = asked.engine.clock, question(OWN, context={"place": "here"})
    token = TokenIssuer(SECRET).issue(UserId("ada"), [Role.USER], timedelta(minutes=1), clock.now())
    answers = [await post(asked.endpoint, body, token=token) for _ in range(3)]
    assert (answers[2].status, asked.kept.given) == (200, 1)
    clock.advance(timedelta(minutes=1))
    assert (await post(asked.endpoint, body, token=token)).status == 401


async def test_nobody_is_given_what_was_made_for_another_role(asked: Asked) -> None:
    await declare(asked.engine, "ada")
    body = question(OF_USER, user="ada", context={"place": "here"})
    for _ in range(3):
        assert "errors" not in (await asked.ask(body, "somebody", Role.SERVICE)).json
        refused = (await asked.ask(body, "somebody", Role.USER)).json
        assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert asked.kept.given == 1


async def test_an_operation_that_asks_for_anything_else_is_not_kept(asked: Asked) -> None:
    await declare(asked.engine, "ada")
    for more in ("profile { revision }", "personalization { enabled }", "assignments { rule { key } }"):
        body = question(
            f"query ($context: ContextInput!) {{ viewer {{ {more} {CONFIG} }} }}", context={"place": "here"}
        )
        answers = [(await asked.ask(body, "ada")).json for _ in range(3)]
        assert "errors" not in answers[0]
    assert len(asked.kept) == 0


async def test_what_a_role_may_not_see_is_refused_again_and_again(asked: Asked) -> None:
    await declare(asked.engine, "ada")
    await activate(asked.engine, "dark")
    query = (
        "query ($context: ContextInput!) { viewer { config(context: $context) { decisions { rule { description }}}}}"
    )
    for _ in range(3):
        answer = (await asked.ask(question(query, context={"place": "here"}), "ada")).json
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert len(asked.kept) == 0


USERS = ("ada", "bob", "visitor")
ASKERS = (None, Role.SERVICE, Role.ANALYST)
PLACES = ("here", "there")
MOVES = (
    "profile",
    "preference",
    "track",
    "rule",
    "trial",
    "update",
    "pause",
    "resume",
    "later",
    "long after",
    "outage",
)
MOVES_OF_USERS = ("opt out", "opt in", "erase", "link", "distrust")

moves = st.one_of(
    st.tuples(st.just("ask"), st.sampled_from(USERS), st.sampled_from(PLACES), st.sampled_from(ASKERS)),
    st.tuples(st.just("ask"), st.just("ada"), st.just("here"), st.just(None)),
    st.tuples(st.sampled_from(MOVES + MOVES_OF_USERS), st.sampled_from(USERS), st.sampled_from(PLACES), st.none()),
)


@dataclass
class Both:
    """An engine with bytes and one without, on the same stores, to which the same happens."""

    kept: Asked
    made: Asked
    suffix: str
    rules: list[Rule] = field(default_factory=list)

    @property
    def engines(self) -> tuple[Driven, Driven]:
        return self.kept.engine, self.made.engine

    async def ask(self, user: str, place: str, role: Role | None) -> None:
        variables = {"context": {"place": self.of(place), "device": "DESKTOP"}}
        for _ in range(3):
            if role is None:
                body, who = question(OWN, **variables), (self.of(user), Role.USER)
            else:
                body, who = question(OF_USER, user=self.of(user), **variables), ("somebody", role)
            given, made = await self.kept.ask(body, *who), await self.made.ask(body, *who)
            assert given.status == made.status == 200
            assert given.json == made.json
            assert "errors" not in made.json

    def of(self, name: str) -> str:
        return f"{name}-{self.suffix}"

    async def move(self, what: str, user: str, place: str) -> None:
        with suppress(Gone, Refused):  # an alias has nothing of its own to change
            await self.attempt(what, user, place)
        await self.settle()

    async def attempt(self, what: str, user: str, place: str) -> None:
        engine = self.kept.engine
        if what in MOVES_OF_USERS:
            await self.move_user(what, UserId(self.of(user)))
        elif what in {"profile", "preference"}:
            changed = LIGHT_PREFERRED if what == "preference" else NOTHING
            with suppress(Gone):  # an alias has no profile to change
                await engine.use_cases.update_profile(
                    UserId(self.of(user)), {"plan": f"p{next(_numbers) % 2}"}, changed
                )
        elif what == "track":
            await engine.track(interaction(engine.now(), user_id=UserId(self.of(user)), key=key(next(_numbers))))
            await engine.fold()
        elif what in {"later", "long after"}:
            engine.clock.advance(SOON if what == "long after" else timedelta(seconds=2))
        elif what == "outage":
            for each in self.engines:
                each.engine.freshness.database_answers ^= True
        else:
            await self.move_rule(what, self.of(place))

    async def move_user(self, what: str, user: UserId) -> None:
        use_cases = self.made.engine.use_cases
        if what in {"opt out", "opt in"}:
            # What was chosen before is told to nobody, and only who did it forgets what it decided.
            self.made.engine.clock.advance(timedelta(seconds=1))
            await use_cases.set_personalization(user, enabled=what == "opt in", use_of_models=None)
        elif what == "erase":
            await use_cases.erase_user(user)
        elif what == "distrust":
            for each in self.engines:
                each.use_cases.profiles.distrust()
                each.use_cases.profiles.resynchronise()
        elif user != self.of("ada"):
            await use_cases.link_users(user, UserId(self.of("ada")))

    async def move_rule(self, what: str, place: str) -> None:
        use_cases, name = self.kept.engine.use_cases, f"rule-{next(_numbers)}"
        parts: dict[str, Any] = {"places": frozenset({place}), "priority": next(_numbers) % 5}
        if what == "rule":
            parts["schedule"] = Schedule(ends_at=self.kept.engine.now() + SOON) if len(self.rules) % 2 else Schedule()
            self.rules.append(await self.kept.engine.rule(name, condition=TraitsMatch({"plan": "p1"}), **parts))
        elif what == "trial":
            rule = await self.kept.engine.rule(name, experiment=build_experiment(), **parts)
            self.rules.append(await use_cases.start_experiment(rule.id, ADMIN))
        elif self.rules and what == "update":
            rule = self.rules[0]
            if rule.content.experiment is None:
                changed = content(name, COMPACT, DARK, **parts)
                self.rules[0] = await use_cases.update_rule(rule.id, rule.revision, changed, ADMIN)
        elif self.rules:
            status = RuleStatus.PAUSED if what == "pause" else RuleStatus.ACTIVE
            rule = self.rules[-1]
            if rule.status is not status:
                self.rules[-1] = await use_cases.set_rule_status(rule.id, rule.revision, status, ADMIN)

    async def settle(self) -> None:
        """Everything noted is written, and everybody has heard of everything."""
        for each in self.engines:
            await each.use_cases.applications.write()
        for each in self.engines:
            await each.settled()


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(happens=st.lists(moves, min_size=4, max_size=14))
async def test_whatever_happens_bytes_say_what_would_be_said_without(
    asked: Asked, made_anew: Asked, happens: list[tuple[str, str, str, Role | None]]
) -> None:
    both = Both(asked, made_anew, str(next(_numbers)))
    for each in both.engines:
        each.engine.freshness.database_answers = True
    for what, user, place, role in happens:
        if what == "ask":
            await both.ask(user, place, role)
        else:
            await both.move(what, user, place)
            await both.ask(user, place, None)
    assert len(made_anew.kept) == 0


@pytest.fixture
def made_anew(other_engine: Driven) -> Asked:
    return Asked(other_engine, Limits(kept_answers=0))
