"""Whatever is asked of the engine itself, by whomever, the compiled operation answers as graphql-core does."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from graphql import GraphQLObjectType, get_named_type, is_composite_type, parse, validate
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from schema.build import build_schema
from tests.builders.operations import Drawn, Scope, introspections, operations, routes
from tests.property.transport.answers import Question, agree, everything_settled
from tests.property.transport.seeded_engines import (
    PLACES,
    RULES,
    SINCE,
    TRIED,
    UNTIL,
    USERS,
    WORDS,
    SeededEngine,
    seeded_engine,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from app.embedded.services import EmbeddedServices
    from tests.builders.operations import Route

EXAMPLES = int(os.environ.get("ATTUNE_TEST_DIFFERENTIAL_EXAMPLES", "300"))
SCHEMA = build_schema()
CORE = SCHEMA._schema
QUERY, SUBSCRIPTION = CORE.query_type, CORE.subscription_type
assert QUERY is not None
assert SUBSCRIPTION is not None
QUERY_ROUTES, SUBSCRIPTION_ROUTES = routes(CORE, QUERY), routes(CORE, SUBSCRIPTION)


MUTATION_ROUTES = routes(CORE, CORE.mutation_type) if CORE.mutation_type else {}
WHO = ("anonymous", "everything", "user", "unknown user", "analyst", "admin", "service")


PERIOD = {"from": SINCE.isoformat(), "until": UNTIL.isoformat()}
JSONS: tuple[Any, ...] = ({"plan": "pro"}, {"plan": {"of": ["pro"]}}, {}, [1, None], "text")
CONDITIONS = ({"always": True}, {"device": ["MOBILE"]}, {"traits": {"plan": "pro"}})
SCOPE = Scope(
    {
        "ID": st.sampled_from([*RULES, *USERS, "no-such-id"]),
        "String": st.sampled_from([*WORDS, "", "no such thing"]),
        "DateTime": st.sampled_from([(UNTIL - timedelta(days=days)).isoformat() for days in (500, 30, 2, 0)]),
        "JSON": st.sampled_from(JSONS),
        "Float": st.sampled_from([0.0, 0.25, 0.5, 1.0]),
        "ConditionInput": st.sampled_from(CONDITIONS),
        "ContextInput": st.fixed_dictionaries({"place": st.sampled_from(PLACES)}),
        "PeriodInput": st.just(PERIOD),
    },
    max_depth=3,
)
QUERIES = operations(CORE, SCOPE, towards=st.sampled_from(sorted(QUERY_ROUTES)).map(QUERY_ROUTES.__getitem__))
EVENTS = operations(
    CORE,
    SCOPE,
    root=SUBSCRIPTION,
    towards=st.sampled_from(sorted(SUBSCRIPTION_ROUTES)).map(SUBSCRIPTION_ROUTES.__getitem__),
)


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """An engine in an event loop of its own, and an event for every subscription to it."""

    runner: asyncio.Runner
    engine: SeededEngine
    events: Mapping[str, object]

    def __repr__(self) -> str:
        return "Asked()"

    def agreed(self, drawn: Drawn, who: str) -> dict[str, Any]:
        """What both answer."""
        assert validate(CORE, parse(drawn.text)) == []
        followed = next((field for field in self.events if f"Subscription.{field}" in drawn.asked), "")
        asking = self.engine.asked(drawn)
        question = Question.of(SCHEMA, asking, lambda: self.engine.context(who), self.events.get(followed))
        return self.runner.run(self._agreed(question))

    async def _agreed(self, question: Question) -> dict[str, Any]:
        operation = question.compiled()
        try:
            await question.by_graphql_core()  # then everything is in memory: `Config.source` tells whether it was
            expected = await question.by_graphql_core()
            for _ in ("field by field", "in straight lines"):
                answer = await question.by_compiling(operation)
                assert agree(expected, answer), (expected, answer)
        finally:
            await everything_settled()
        return expected


@pytest.fixture(scope="module")
def asked(services: EmbeddedServices, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    stack = AsyncExitStack()
    with asyncio.Runner() as runner:
        engine = runner.run(stack.enter_async_context(seeded_engine(services, tmp_path_factory.mktemp("seeded"))))
        yield Asked(runner, engine, runner.run(engine.events()))
        runner.run(stack.aclose())


CONTEXT, IN_PERIOD = '(context: {place: "lab"})', f'(period: {{from: "{PERIOD["from"]}", until: "{PERIOD["until"]}"}})'
RULE = '{key: "new", name: "New", condition: {always: true}, adaptations: [{setTheme: {mode: LIGHT}}]}'
ARGUMENTS = {
    "Query.user": '(id: "regular")',
    "Query.rule": f'(id: "{TRIED}")',
    "Query.segment": '(key: "pro")',
    "Query.previewRule": f"(input: {RULE})",
    "Query.analytics": IN_PERIOD,
    "Rule.comparison": "(from: 1)",
    "User.config": CONTEXT,
    "User.explanation": CONTEXT,
    "Config.feature": '(key: "export")',
    "Experiment.underAllocation": '(allocation: [{variation: "dark", share: 1}])',
    "Subscription.configUpdated": CONTEXT,
    "Subscription.analyticsUpdated": IN_PERIOD,
}
"""Such that a good deal is answered."""


def written(owner: str, name: str) -> str:
    return f"{owner}_{name}: {name}{ARGUMENTS.get(f'{owner}.{name}', '')}"


def at(answer: Any, way: Route) -> Iterator[Any]:
    """Everything but null that stands at the end of the way."""
    if isinstance(answer, list):
        yield from (value for item in answer for value in at(item, way))
    elif way and isinstance(answer, dict):
        (owner, name), *rest = way
        yield from at(answer.get(f"{owner}_{name}"), tuple(rest))
    elif answer is not None:
        yield answer


def of_one_type(routes_: Mapping[str, Route]) -> Iterator[tuple[Route, list[tuple[str, str]]]]:
    """The way to objects of a type, and its fields; of those that can be followed only one at a time."""
    found: dict[Route, list[tuple[str, str]]] = {}
    for route in routes_.values():
        found.setdefault(route[:-1], []).append(route[-1])
    for way, fields in found.items():
        for alone in [[one] for one in fields] if fields[0][0] == "Subscription" else [fields]:
            yield way, alone


def asking(way: Route, fields: list[tuple[str, str]]) -> str:
    """All of these fields, at the end of the way."""
    selected = " ".join(f"... on {owner} {{ {written(owner, name)}{below(owner, name)} }}" for owner, name in fields)
    for owner, name in reversed(way):
        selected = f"... on {owner} {{ {written(owner, name)} {{ {selected} }} }}"
    return f"{'subscription' if (*way, *fields)[0][0] == 'Subscription' else 'query'} {{ {selected} }}"


def below(owner: str, name: str) -> str:
    type_ = CORE.type_map[owner]
    assert isinstance(type_, GraphQLObjectType)
    return " { __typename }" if is_composite_type(get_named_type(type_.fields[name].type)) else ""


def test_every_field_that_can_be_asked_for_is_on_a_route_of_the_generated_operations() -> None:
    declared = {
        f"{name}.{field}"
        for name, type_ in CORE.type_map.items()
        if isinstance(type_, GraphQLObjectType) and not name.startswith("__")
        for field in type_.fields
    }

    assert declared == {*QUERY_ROUTES, *SUBSCRIPTION_ROUTES, *MUTATION_ROUTES}


OUT_OF_REACH = {"EstimatedMean", "Lift", "SegmentChoice", "UserError", "WeeklyWindow"}
"""Objects that want more than a dozen users, a mistake or another rule: the law below asks for them."""


def test_every_field_is_answered_as_graphql_core_does(asked: Asked) -> None:
    """Type by type, as who may do everything: every field of it at once."""
    answered: set[str] = set()
    for way, fields in [*of_one_type(QUERY_ROUTES), *of_one_type(SUBSCRIPTION_ROUTES)]:
        drawn = Drawn(asking(way, fields), {}, frozenset(f"{owner}.{name}" for owner, name in (*way, *fields)))
        answer = asked.agreed(drawn, "everything")
        answered |= {f"{owner}.{name}" for owner, name in fields if [*at(answer["data"], (*way, (owner, name)))]}

    unanswered = {*QUERY_ROUTES, *SUBSCRIPTION_ROUTES} - answered
    assert owners(unanswered) - owners(answered) == OUT_OF_REACH
    assert len(unanswered) < len(answered) / 8, sorted(unanswered)


def owners(fields: set[str]) -> set[str]:
    return {field.partition(".")[0] for field in fields}


# Who waits for a field that has failed already is cancelled, here as in graphql-core, perhaps before waiting began.
LAW = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
@LAW
@given(drawn=QUERIES | introspections(CORE), who=st.sampled_from(WHO))
def test_queries_are_answered_as_graphql_core_does(asked: Asked, drawn: Drawn, who: str) -> None:
    note(drawn.text)
    assert asked.agreed(drawn, who)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
@LAW
@given(drawn=EVENTS, who=st.sampled_from(WHO))
def test_events_are_answered_as_graphql_core_does(asked: Asked, drawn: Drawn, who: str) -> None:
    note(drawn.text)
    assert asked.agreed(drawn, who)
