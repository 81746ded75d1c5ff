"""What a trail holds, in examples."""

from __future__ import annotations

from datetime import timedelta

from domain.model.habits import Trail
from domain.model.interactions import InteractionKind
from domain.rules.folding.trails import TrailLimits, fold_trail
from tests.builders.interactions import HOUR, MINUTE, MONDAY, feature_use, interaction

EXPORT = (InteractionKind.FEATURE_USE, "export")
SEARCH = (InteractionKind.FEATURE_USE, "search")
PAGE = (InteractionKind.PAGE_VIEW, "")
MONDAY_SECOND = 1_772_442_000


def test_a_trail_names_each_action_once_and_says_when_it_was_done() -> None:
    trail = fold_trail(
        Trail(),
        [
            feature_use("export", MONDAY),
            interaction(MONDAY + MINUTE),
            feature_use("export", MONDAY + HOUR),
        ],
    )

    assert trail == Trail((EXPORT, PAGE), (0, 1, 0), (0, 60, 3540), MONDAY_SECOND + 3600)


def test_a_clock_that_runs_behind_gives_a_negative_gap() -> None:
    trail = fold_trail(Trail(), [interaction(MONDAY), interaction(MONDAY - timedelta(milliseconds=1))])

    assert trail.gaps == (0, -1)
    assert trail.last_second == MONDAY_SECOND - 1


def test_the_borders_of_sessions_are_no_actions() -> None:
    borders = [
        interaction(MONDAY, kind=InteractionKind.SESSION_START),
        interaction(MONDAY, kind=InteractionKind.SESSION_END),
    ]

    assert fold_trail(Trail(), borders) == Trail()


def test_beyond_the_limit_the_oldest_actions_and_their_names_are_forgotten() -> None:
    done = [feature_use(name, MONDAY + place * MINUTE) for place, name in enumerate(["save", "export", "search"])]

    trail = fold_trail(Trail(), done, TrailLimits(actions=2))

    assert trail == Trail((EXPORT, SEARCH), (0, 1), (0, 60), MONDAY_SECOND + 120)


def test_a_trail_of_too_many_distinct_actions_is_shortened_to_its_latest() -> None:
    done = [feature_use(name) for name in ["save", "save", "export", "search", "export"]]

    assert fold_trail(Trail(), done, TrailLimits(distinct=2)).actions == (EXPORT, SEARCH)
