"""GrowthBook's features: how its SDKs evaluate them, read from packages/sdk-js/src/core.ts, and arbitrary ones."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from domain.rules.coercions import text_of
from domain.rules.queries import compile_query
from tests.builders.rules import queries

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

Fields = dict[str, Any]
NOTHING = object()


def hashed(seed: str, value: str, version: int) -> float | None:
    """`hash` of util.ts."""

    def fnv(text: str) -> int:
        state = 0x811C9DC5
        for unit in memoryview(text.encode("utf-16-le")).cast("H"):
            state = ((state ^ unit) * 0x01000193) % 2**32
        return state

    if version == 2:
        return fnv(str(fnv(seed + value))) % 10_000 / 10_000
    return fnv(value + seed) % 1_000 / 1_000 if version == 1 else None


def forced(rule: Fields, feature: str, attributes: Fields, groups: dict[str, list[Any]]) -> object:
    """The value that a rule forces on a user, or `NOTHING`: `evalFeature`, from `"force" in rule` on."""
    if "force" not in rule:
        return NOTHING
    if rule.get("condition") is not None and not compile_query(rule["condition"], groups)(attributes):
        return NOTHING
    return rule["force"] if is_included(rule, rule.get("seed") or feature, attributes) else NOTHING


def is_included(rule: Fields, seed: str, attributes: Fields) -> bool:
    """`isIncludedInRollout`."""
    span, coverage = rule.get("range"), rule.get("coverage")
    if span is None and not coverage:
        return coverage is None
    value = attributes.get(rule.get("hashAttribute") or "id")
    if not value:
        return False
    bucket = hashed(seed, text_of(value), rule.get("hashVersion") or 1)
    if bucket is None:
        return False
    return bool(span[0] <= bucket < span[1]) if span else bool(bucket <= rule["coverage"])


@cache
def exact_rules() -> SearchStrategy[list[Fields]]:
    """Rules of which each can be translated exactly."""
    shares = st.sampled_from((0, 0.0001, 0.25, 0.3, 0.5, 0.9999, 1)) | st.floats(0, 1)
    rollouts = st.one_of(
        st.just({}),
        st.builds(lambda share: {"coverage": share, "hashVersion": 2}, shares),
        st.builds(lambda share: {"coverage": share, "hashVersion": 2, "seed": "seed"}, shares),
        st.builds(lambda end: {"range": [0, end], "hashVersion": 2, "hashAttribute": "id"}, shares),
        st.builds(lambda end: {"range": [-0.5, end], "coverage": 0.01, "hashVersion": 2, "seed": "s"}, shares),
        st.just({"coverage": 1}),
        st.just({"coverage": 0.5, "hashVersion": 99}),
    )
    return st.lists(_rules(rollouts), max_size=4)


@cache
def any_rules() -> SearchStrategy[list[Fields]]:
    """Rules of which some cannot be translated exactly, or not at all."""
    parts: SearchStrategy[Fields] = st.one_of(
        st.just({}),
        st.builds(lambda share: {"coverage": share}, st.sampled_from((0, 0.3, 0.5, 1))),
        st.just({"coverage": 0.5, "hashVersion": 2, "hashAttribute": "company"}),
        st.just({"range": [0.2, 0.7], "hashVersion": 2}),
        st.just({"coverage": 0.9, "hashVersion": 2}),
        st.just({"filters": [{"seed": "x", "ranges": [[0, 0.5]]}]}),
        st.just({"parentConditions": [{"id": "other", "condition": {"value": True}}]}),
        st.just({"newlyInvented": True}),
        st.just({"condition": {"plan": {"$regx": "x"}}}),
        st.just({"condition": {"age": {"$inGroup": "adults"}}}),
        st.just({"namespace": ["all", 0, 0.1], "tracks": []}),
    )
    forcing = _rules(parts)
    others: SearchStrategy[Fields] = st.sampled_from(({}, {"id": "x"}, {"variations": [1, 2]}, {"force": None}))
    return st.lists(forcing | forcing | others, max_size=5)


def _rules(parts: SearchStrategy[Fields]) -> SearchStrategy[Fields]:
    conditions = st.none() | queries().map(lambda query: {"condition": query})
    values = st.integers(0, 3) | st.sampled_from((False, "red", [1], {"a": None}))
    return st.builds(
        lambda value, condition, part: {"force": value, **(condition or {}), **part}, values, conditions, parts
    )


@cache
def attributes() -> SearchStrategy[Fields]:
    """What an application tells of a user: always an id, often more."""
    some = st.dictionaries(
        st.sampled_from(("plan", "age", "tags", "app")),
        st.integers(-3, 30)
        | st.sampled_from(("pro", "free", "7", "1.10.0", True, None))
        | st.lists(st.integers(0, 9), max_size=2),
    )
    ids = st.integers(1, 40).map(str) | st.sampled_from(("ada", "grüße", "\U0001f9ee"))
    companies = st.sampled_from(({}, {"company": "acme"}))
    return st.builds(lambda known, user, company: {**known, "id": user, **company}, some, ids, companies)
