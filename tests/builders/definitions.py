"""Definitions to import: arbitrary ones for laws, and engines that hold arbitrary ones already."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from domain.model.catalogues import Catalogue, CatalogueItem, CatalogueParameter, PlaceDefaults
from domain.model.conditions import ActivityMeasure, ActivityWithin, TraitsMatch
from domain.model.definitions import Definitions, RuleDefinition, StoredDefinitions
from domain.model.ranges import Range
from domain.model.rules import RuleKey, RuleStatus
from domain.model.skills import SkillLevel
from domain.rules.exclusion_groups import BUCKETS, size
from tests.builders.profiles import NOW
from tests.builders.rules import build_rule, contents, sharing_groups
from tests.builders.segments import build_segment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hypothesis.strategies import SearchStrategy

    from domain.model.rules import Rule
    from domain.model.segments import Segment

KEYS = ("alpha", "beta", "Gamma", "delta.1", "x:y")
LIVING = tuple(status for status in RuleStatus if status is not RuleStatus.ARCHIVED)


@cache
def rule_definitions() -> SearchStrategy[tuple[RuleDefinition, ...]]:
    """Few keys, so that two lists have some in common."""
    one = st.builds(
        lambda content, key, status, salt, age: RuleDefinition(replace(content, key=RuleKey(key)), status, salt, age),
        contents(),
        st.sampled_from(KEYS),
        st.none() | st.sampled_from(LIVING),
        st.none() | st.sampled_from(("s1", "a salt")),
        st.none() | st.integers(0, 5).map(lambda days: NOW - timedelta(days=days)),
    )
    return st.lists(one, max_size=4, unique_by=lambda rule: rule.content.key).map(
        lambda rules: tuple(sorted(rules, key=lambda rule: rule.content.key))
    )


@cache
def segments() -> SearchStrategy[tuple[Segment, ...]]:
    conditions = st.sampled_from(
        (
            ActivityWithin(ActivityMeasure.SESSIONS, Range(gte=1)),
            TraitsMatch({"plan": 1}),
            TraitsMatch({"plan": True}),
        )
    )
    one = st.builds(
        lambda key, name, condition: build_segment(key, name=name, condition=condition),
        st.sampled_from(KEYS),
        st.sampled_from(("VIPs", "Fans")),
        conditions,
    )
    return st.lists(one, max_size=3, unique_by=lambda segment: segment.key).map(
        lambda found: tuple(sorted(found, key=lambda segment: segment.key))
    )


@cache
def catalogues() -> SearchStrategy[Catalogue]:
    items = st.lists(
        st.builds(
            CatalogueItem, st.sampled_from(KEYS), st.sampled_from(("A", "B")), st.none() | st.just(SkillLevel.BEGINNER)
        ),
        max_size=3,
        unique_by=lambda item: item.key,
    ).map(tuple)
    parameters = st.lists(
        st.builds(CatalogueParameter, st.sampled_from(KEYS), st.just("P"), st.sampled_from((0, False, "x", [1]))),
        max_size=3,
        unique_by=lambda parameter: parameter.key,
    ).map(tuple)
    return st.builds(Catalogue, items, items, items, items, parameters).map(_with_defaults)


def _with_defaults(catalogue: Catalogue) -> Catalogue:
    """The catalogue's own places, features and navigation."""
    defaults = tuple(
        PlaceDefaults(
            place.key,
            hidden_features=tuple(item.key for item in catalogue.features[:1]),
            navigation=tuple(item.key for item in catalogue.navigation[1:]),
        )
        for place in catalogue.places[:2]
    )
    return replace(catalogue, defaults=defaults)


@cache
def definitions() -> SearchStrategy[Definitions]:
    return st.builds(Definitions, st.none() | rule_definitions(), st.none() | segments(), st.none() | catalogues())


@cache
def stored_definitions() -> SearchStrategy[StoredDefinitions]:
    """What an engine may have."""
    rules = rule_definitions().map(lambda wanted: tuple(content_with_their_shares(map(_stored, wanted))))
    return st.builds(StoredDefinitions, st.integers(0, 9), rules, segments(), catalogues())


def content_with_their_shares(rules: Iterable[Rule]) -> list[Rule]:
    """The rules, those of exclusion groups wanting no more than they hold: so an engine could have them."""
    return [
        rule
        if rule.content.exclusion_group is None
        else replace(rule, content=replace(rule.content, coverage=size(rule.held) / BUCKETS))
        for rule in sharing_groups(rules)
    ]


def _stored(rule: RuleDefinition) -> Rule:
    key = rule.content.key
    built = build_rule(f"id-{key}", salt=rule.salt or key, status=rule.status or RuleStatus.DRAFT, revision=3)
    return replace(built, content=rule.content, created_at=rule.created_at or NOW)
