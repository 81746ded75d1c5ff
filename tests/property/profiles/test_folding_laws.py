"""Folding is independent of batching; where no limit is reached it is independent of order, too."""

from __future__ import annotations

import itertools
from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING

from hypothesis import example, given
from hypothesis import strategies as st

from domain.model.interactions import Interaction, InteractionKind
from domain.model.profiles import FeatureHistory, History, SessionSpan, TagHistory
from domain.rules.instants import DAY_US, SECOND_US, microseconds
from domain.rules.profiles import FOLD_LIMITS, FoldLimits, fold, fold_from_scratch, horizon_start_us
from tests.builders.interactions import DAY, MONDAY, page_views
from tests.property.profiles.strategies import GAP, MICROSECOND, instants, interactions

if TYPE_CHECKING:
    from datetime import datetime

TIGHT = FoldLimits(features=2, sections=2, tags=3, recent_targets=2, recent_seconds=2)
GAP_US = 30 * 60 * SECOND_US

# Within a day sessions touch, within 110 days some are forgotten, beyond that most are.
RECEIVED = st.sampled_from([0, 110, 260]).flatmap(lambda days: st.lists(interactions(days), max_size=40))


def folded_in_batches(received: list[Interaction], cuts: list[int], limits: FoldLimits) -> History:
    """Batch after batch as a worker does it, from scratch where an interaction cannot be placed."""
    history = History()
    bounds = sorted({0, len(received), *(cut % (len(received) + 1) for cut in cuts)})
    for start, end in itertools.pairwise(bounds):
        folded = fold(history, received[start:end], limits)
        history = fold_from_scratch(received[:end], limits) if folded is None else folded
    return history


@given(RECEIVED, st.lists(st.integers(0, 40), max_size=12), st.sampled_from([TIGHT, FOLD_LIMITS]))
def test_any_batches_give_the_history_folded_from_scratch(
    received: list[Interaction], cuts: list[int], limits: FoldLimits
) -> None:
    assert folded_in_batches(received, cuts, limits) == fold_from_scratch(received, limits)


@given(RECEIVED, st.sampled_from([TIGHT, FOLD_LIMITS]))
def test_one_at_a_time_gives_the_history_folded_from_scratch(received: list[Interaction], limits: FoldLimits) -> None:
    assert folded_in_batches(received, list(range(40)), limits) == fold_from_scratch(received, limits)


@given(st.lists(interactions(), max_size=30).flatmap(lambda drawn: st.tuples(st.just(drawn), st.permutations(drawn))))
def test_below_the_limits_the_order_of_receipt_does_not_matter(
    orders: tuple[list[Interaction], list[Interaction]],
) -> None:
    assert fold_from_scratch(orders[0]) == fold_from_scratch(orders[1])


def sessions_by_definition(instants_us: list[int]) -> set[SessionSpan]:
    """Every pair at most a gap apart is in one session: closed over all pairs, without any sorting."""
    session_of = {us: {us} for us in instants_us}
    for one in instants_us:
        for other in instants_us:
            if abs(one - other) <= GAP_US and session_of[one] is not session_of[other]:
                merged = session_of[one] | session_of[other]
                session_of.update(dict.fromkeys(merged, merged))
    return {SessionSpan(min(session), max(session)) for session in session_of.values()}


@given(st.lists(instants(days=2) | instants(), min_size=1, max_size=40))
@example([MONDAY, MONDAY + GAP, MONDAY + 2 * GAP + MICROSECOND])
@example([MONDAY, MONDAY + 91 * DAY])
def test_sessions_are_the_runs_of_the_definition(occurred: list[datetime]) -> None:
    history = fold_from_scratch(page_views(occurred))
    expected = sessions_by_definition([microseconds(instant) for instant in occurred])
    horizon = horizon_start_us(max(microseconds(instant) for instant in occurred))

    assert list(history.sessions) == sorted(
        (session for session in expected if session.end_us >= horizon), key=lambda session: session.start_us
    )
    assert history.older_sessions == sum(session.end_us < horizon for session in expected)


@given(st.lists(instants(), min_size=1, max_size=40))
def test_days_are_the_utc_days_with_an_interaction(occurred: list[datetime]) -> None:
    history = fold_from_scratch(page_views(occurred))
    expected = {microseconds(instant) // DAY_US for instant in occurred}
    assert history.older_days + len(history.days) == len(expected)
    assert set(history.days) <= expected
    assert history.days[-1] == max(expected)


def features_by_definition(received: list[Interaction], limit: int) -> dict[str, FeatureHistory]:
    known: dict[str, list[int]] = defaultdict(list)
    for one in received:
        if one.kind is InteractionKind.FEATURE_USE and one.target is not None:
            known[one.target].append(microseconds(one.occurred_at))
            if len(known) > limit:
                del known[min(known, key=lambda name: (max(known[name]), name))]
    return {name: FeatureHistory(len(uses), min(uses), max(uses)) for name, uses in known.items()}


@given(st.lists(interactions(), max_size=60))
def test_features_are_evicted_step_by_step_as_defined(received: list[Interaction]) -> None:
    assert fold_from_scratch(received, TIGHT).features == features_by_definition(received, TIGHT.features)


def sections_by_definition(received: list[Interaction], limit: int) -> dict[str, int]:
    known: dict[str, int] = {}
    for one in received:
        if one.section is not None:
            if one.section not in known and len(known) == limit:
                del known[min(known, key=lambda name: (known[name], name))]
            known[one.section] = known.get(one.section, 0) + 1
    return known


@given(st.lists(interactions(), max_size=60))
def test_sections_are_evicted_step_by_step_as_defined(received: list[Interaction]) -> None:
    assert fold_from_scratch(received, TIGHT).sections == sections_by_definition(received, TIGHT.sections)


def tags_by_definition(received: list[Interaction], limit: int) -> dict[str, TagHistory]:
    known: dict[str, tuple[int, int]] = {}
    for one in received:
        dismissed = int(one.kind is InteractionKind.DISMISS)
        for tag in dict.fromkeys(one.tags):
            if tag not in known and len(known) == limit:
                del known[min(known, key=lambda name: (sum(known[name]), name))]
            seen_before, dismissed_before = known.get(tag, (0, 0))
            known[tag] = (seen_before + 1 - dismissed, dismissed_before + dismissed)
    return {tag: TagHistory(*counts) for tag, counts in known.items()}


@given(st.lists(interactions(), max_size=60))
def test_tags_are_evicted_step_by_step_as_defined(received: list[Interaction]) -> None:
    assert fold_from_scratch(received, TIGHT).tags == tags_by_definition(received, TIGHT.tags)


def recent_by_definition(
    received: list[Interaction], limits: FoldLimits
) -> dict[InteractionKind, dict[str, tuple[int, ...]]]:
    """Everything is trimmed after every single step: the plainest reading of what is remembered."""
    recent: dict[InteractionKind, dict[str, tuple[int, ...]]] = {}
    last_us = 0
    for one in received:
        us = microseconds(one.occurred_at)
        last_us = max(last_us, us)
        start = horizon_start_us(last_us) // SECOND_US
        targets = recent.setdefault(one.kind, {})
        name = one.target or ""
        targets[name] = tuple(sorted((*targets.get(name, ()), us // SECOND_US)))
        for kind, named in recent.items():
            kept = {n: tuple(s for s in seconds if s >= start) for n, seconds in named.items()}
            recent[kind] = {n: seconds[-limits.recent_seconds :] for n, seconds in kept.items() if seconds}
        targets = recent[one.kind]
        if len(targets) > limits.recent_targets:
            del targets[min(targets, key=lambda n: (targets[n][-1], n))]
    return {kind: targets for kind, targets in recent.items() if targets}


@given(st.lists(interactions(), max_size=60) | st.lists(interactions(days=100), max_size=60))
def test_recent_seconds_are_as_if_trimmed_after_every_step(received: list[Interaction]) -> None:
    assert fold_from_scratch(received, TIGHT).recent == recent_by_definition(received, TIGHT)


@given(st.lists(interactions(), max_size=40))
def test_values_are_summed_without_any_error(received: list[Interaction]) -> None:
    exact = sum(Fraction(repr(one.value)) for one in received if one.value is not None)
    assert Fraction(fold_from_scratch(received).value_micros, 1_000_000) == exact


@given(st.lists(interactions(), max_size=40))
def test_every_interaction_counts_once_in_totals_and_hours(received: list[Interaction]) -> None:
    history = fold_from_scratch(received)
    assert history.interactions == sum(history.week) == len(received)
    assert history.conversions == sum(one.kind is InteractionKind.CONVERSION for one in received)
    assert sum(history.devices.values()) == sum(one.device is not None for one in received)


@given(st.lists(interactions(), max_size=60))
def test_no_table_exceeds_its_limit(received: list[Interaction]) -> None:
    history = fold_from_scratch(received, TIGHT)
    assert len(history.features) <= TIGHT.features
    assert len(history.sections) <= TIGHT.sections
    assert len(history.tags) <= TIGHT.tags
    assert all(len(targets) <= TIGHT.recent_targets for targets in history.recent.values())
    assert all(len(s) <= TIGHT.recent_seconds for targets in history.recent.values() for s in targets.values())
