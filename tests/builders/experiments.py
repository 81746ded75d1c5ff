"""Experiments, their runs and rules on trial to test with."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from domain.model.assignments import StickyVariation
from domain.model.experiments import (
    Experiment,
    ExperimentMode,
    ExperimentRun,
    ExperimentStatus,
    Goal,
    GoalMeasure,
    Variation,
    VariationKey,
)
from domain.model.interactions import InteractionKind
from tests.builders.profiles import NOW
from tests.builders.rules import DARK, adaptation_lists, build_rule, crowds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hypothesis.strategies import SearchStrategy

    from domain.model.adaptations import Adaptation
    from domain.model.profiles import Profile
    from domain.model.rules import Rule

BUYING = Goal(InteractionKind.CONVERSION, window_days=7)


def build_variation(key: str, *adaptations: Adaptation, allocation: float = 0.5, control: bool = False) -> Variation:
    return Variation(VariationKey(key), allocation, control, adaptations)


def build_experiment(*variations: Variation, **parts: Any) -> Experiment:
    """Nothing against dark, half and half, unless told otherwise."""
    chosen = variations or (build_variation("as-is", control=True), build_variation("dark", DARK))
    return Experiment(**{"variations": chosen, "goal": BUYING, **parts})


def build_run(experiment: Experiment, number: int = 1, **parts: Any) -> ExperimentRun:
    defaults: dict[str, Any] = {
        "number": number,
        "status": ExperimentStatus.RUNNING,
        "started_at": NOW,
        "allocation": tuple(variation.allocation for variation in experiment.variations),
    }
    return ExperimentRun(**{**defaults, **parts})


def build_trial(rule_id: str = "r1", experiment: Experiment | None = None, **parts: Any) -> Rule:
    """An active rule whose experiment runs; it does nothing of its own."""
    tried = experiment or build_experiment()
    rule = build_rule(rule_id, **{"experiment": tried, "run": build_run(tried), **parts})
    return rule if "adaptations" in parts else replace(rule, content=replace(rule.content, adaptations=()))


def kept(variation: str | None, run: int = 1, probability: float = 0.5, *, overridden: bool = False) -> StickyVariation:
    return StickyVariation(run, None if variation is None else VariationKey(variation), probability, overridden)


@cache
def allocations(variations: int) -> SearchStrategy[tuple[float, ...]]:
    """Hundredths that sum to 1."""
    cuts = st.lists(st.integers(0, 100), min_size=variations - 1, max_size=variations - 1).map(sorted)
    return cuts.map(lambda ends: tuple((b - a) / 100 for a, b in zip([0, *ends], [*ends, 100], strict=True)))


@cache
def goals() -> SearchStrategy[Goal]:
    counts, values = (
        st.builds(
            Goal,
            kind=st.sampled_from((InteractionKind.CONVERSION, InteractionKind.CLICK)),
            window_days=st.integers(1, 90),
            target=st.none() | st.sampled_from(("buy", "join")),
            measure=st.just(measure),
            increase=st.booleans(),
            cap=st.none() | st.sampled_from(caps),
        )
        for measure, caps in ((GoalMeasure.COUNT_MEAN, (1.0, 40.0)), (GoalMeasure.VALUE_MEAN, (1.0, 99.5)))
    )
    rates = st.builds(Goal, kind=st.just(InteractionKind.SESSION_START), window_days=st.integers(1, 30))
    return counts | values | rates


@cache
def experiments() -> SearchStrategy[Experiment]:
    """Experiments that could be saved as they are."""
    return st.integers(2, 4).flatmap(
        lambda many: st.builds(
            _experiment,
            allocations(many),
            st.lists(st.just(()) | adaptation_lists(), min_size=many, max_size=many),
            st.integers(0, many - 1),
            st.lists(goals(), min_size=1, max_size=3, unique=True),
            st.sampled_from((0.0, 0.0, 0.2)),
            st.sampled_from(ExperimentMode),
        )
    )


def _experiment(
    allocation: tuple[float, ...],
    changes: list[tuple[Adaptation, ...]],
    control: int,
    goals: list[Goal],
    holdout: float,
    mode: ExperimentMode,
) -> Experiment:
    variations = tuple(
        Variation(VariationKey(f"v{index}"), share, index == control, adaptations)
        for index, (share, adaptations) in enumerate(zip(allocation, changes, strict=True))
    )
    return Experiment(variations, goals[0], tuple(goals[1:]), holdout, mode)


@cache
def runs(experiment: Experiment) -> SearchStrategy[ExperimentRun | None]:
    """Never started, running with an allocation of its own, or concluded."""
    many = len(experiment.variations)
    running = st.builds(
        lambda number, allocation: build_run(experiment, number, allocation=allocation),
        st.integers(1, 3),
        allocations(many),
    )
    concluded = st.builds(
        lambda run, winner, tried: replace(
            run,
            status=ExperimentStatus.CONCLUDED,
            concluded_at=NOW,
            winner=None if winner is None else experiment.variations[winner].key,
            tried=tried,
        ),
        running,
        st.none() | st.integers(0, many - 1),
        st.none() | st.just(experiment),
    )
    return st.none() | running | running | concluded


@st.composite
def crowds_on_trial(draw: st.DrawFn) -> list[Rule]:
    """Many rules, of which some have experiments."""
    rules: Iterable[Rule] = draw(crowds(20))
    return [draw(perhaps_on_trial(rule)) for rule in rules]


def perhaps_on_trial(rule: Rule) -> SearchStrategy[Rule]:
    tried = experiments().flatmap(
        lambda experiment: runs(experiment).map(
            lambda run: replace(rule, run=run, content=replace(rule.content, experiment=experiment))
        )
    )
    return st.just(rule) | tried


@st.composite
def assigned(draw: st.DrawFn, profile: Profile, rules: list[Rule]) -> Profile:
    """The profile of somebody who met some of the rules before, in this run or another one, or was held out."""
    tried = [rule for rule in rules if rule.content.experiment is not None]
    met = draw(st.lists(st.sampled_from(tried), max_size=4, unique_by=lambda rule: rule.id)) if tried else []
    variations = st.none() | st.sampled_from(("v0", "v1", "v3", "gone"))
    given = {rule.id: kept(draw(variations), draw(st.integers(1, 3)), 0.25) for rule in met}
    return replace(profile, assignments=given)
