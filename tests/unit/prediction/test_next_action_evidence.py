"""What speaks for each candidate, in examples worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from domain.model.habits import Trail
from domain.model.interactions import InteractionKind
from domain.rules.folding.trails import fold_trail
from prediction.next_actions.chains import chain_of
from prediction.next_actions.evidence import SIGNALS, Evidence, evidence
from prediction.next_actions.windows import aligned, steps_of_trails
from tests.builders.actions import uses

PLACES = {(InteractionKind.FEATURE_USE, name): code for code, name in enumerate(["export", "search"])}
EXPORT, SEARCH, OTHERS, OWN = 0, 1, 2, 3
CHAIN = chain_of([np.array([EXPORT, SEARCH, SEARCH])], len(PLACES))


def evidence_after(*features: str) -> Evidence:
    trail = fold_trail(Trail(), uses(features))
    return evidence(aligned(list(steps_of_trails([trail], PLACES)), len(PLACES)), CHAIN)


def signals_of(found: Evidence, code: int) -> dict[str, float]:
    row = found.signals[found.codes.tolist().index(code)]
    return dict(zip(SIGNALS, row.tolist(), strict=True))


def test_an_action_that_alternates_is_matched_by_the_steps_before_it() -> None:
    signals = signals_of(evidence_after("export", "search", "export", "search", "export"), SEARCH)

    # Search came after export twice, once also after search and export, and after export, search and export.
    assert [signals[f"matches_{depth}"] for depth in range(1, 6)] == [2, 1, 1, 0, 0]
    assert signals["latest_matches_1"] == pytest.approx(1 + 0.7)
    assert signals["own_after_last"] == 1
    assert signals["own_count"] == 2
    assert signals["own_count_of_latest_5"] == pytest.approx(0.5 ** (1 / 5) + 0.5 ** (3 / 5))
    assert (signals["steps_since"], signals["seconds_since"]) == (1, 60)
    assert signals["is_repeat"] == 0
    assert (signals["own_steps"], signals["steps_in_session"]) == (5, 5)


def test_what_was_never_done_is_longer_ago_than_anything() -> None:
    signals = signals_of(evidence_after("export"), SEARCH)

    assert (signals["steps_since"], signals["seconds_since"], signals["own_count"]) == (10_000, -1, 0)


def test_an_action_of_the_users_own_is_a_candidate_though_the_chain_does_not_know_it() -> None:
    found = evidence_after("export", "my-report", "export")

    assert OWN in found.codes
    assert OTHERS not in found.codes
    assert signals_of(found, OWN)["matches_1"] == 1


def test_without_a_trail_the_popular_actions_are_the_candidates() -> None:
    found = evidence_after()

    assert found.codes.tolist() == [SEARCH, EXPORT]
    assert np.isfinite(found.signals).all()
    assert signals_of(found, SEARCH)["steps_in_session"] == 0


def test_of_equally_likely_actions_the_first_are_the_candidates() -> None:
    chain = chain_of([], 100)

    found = evidence(aligned(list(steps_of_trails([Trail()], {})), 100), chain, most=3)

    assert found.codes.tolist() == [0, 1, 2]
