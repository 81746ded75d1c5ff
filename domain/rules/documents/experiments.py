"""How are experiments written, in the shape of the API's `ExperimentInput`, and how is what became of them?"""

from __future__ import annotations

from typing import TYPE_CHECKING

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
from domain.rules.documents.adaptations import adaptation_document, read_adaptations
from domain.rules.documents.codes import Code
from domain.rules.documents.ranges import plain_number
from domain.rules.documents.reading import Reader, read_target
from domain.rules.documents.schedules import instant_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from domain.model.json_values import Json

FEWEST_VARIATIONS, MOST_VARIATIONS = 2, 20
MOST_GUARDRAILS = 10
LONGEST_WINDOW_DAYS = 90
MOST_HELD_OUT = 0.5
"""Of those whom the rule is for: more would try nothing."""
LARGEST_CAP = 1e12
MOST_RUNS = 1_000_000
ALLOCATION_TOLERANCE = 1e-6

_STAND_IN_GOAL = Goal(InteractionKind.CONVERSION, 1)
_CAPPED = frozenset({GoalMeasure.COUNT_MEAN, GoalMeasure.VALUE_MEAN})


def read_experiment(reader: Reader) -> Experiment | None:
    before = len(reader.problems)
    members = reader.members(("variations", "goal"), ("guardrails", "holdout", "mode"))
    experiment = Experiment(
        variations=members.read("variations", _read_variations, ()),
        goal=members.read("goal", _read_goal, _STAND_IN_GOAL),
        guardrails=members.read("guardrails", lambda goals: goals.items(_read_goal, most=MOST_GUARDRAILS), ()),
        holdout=members.read("holdout", lambda share: share.number(0, MOST_HELD_OUT), 0.0),
        mode=members.read("mode", lambda mode: mode.member(ExperimentMode), ExperimentMode.FIXED),
    )
    if not reader.is_flawed_since(before):
        _refuse_repeated_goals(reader, experiment)
    return experiment


def experiment_document(experiment: Experiment) -> dict[str, Json]:
    """The document that `read_experiment` reads as an equal experiment."""
    return {
        "variations": [_variation_document(variation) for variation in experiment.variations],
        "goal": _goal_document(experiment.goal),
        "guardrails": [_goal_document(goal) for goal in experiment.guardrails],
        "holdout": plain_number(experiment.holdout),
        "mode": experiment.mode.value,
    }


def parse_run(document: object) -> ExperimentRun | None:
    """What became of an experiment. Raises `Refused` with every problem found."""
    reader = Reader(document)
    run = read_run(reader)
    reader.finish()
    return run


def read_run(reader: Reader) -> ExperimentRun | None:
    """What `run_document` wrote."""
    members = reader.members(("number", "status", "startedAt", "allocation"), ("concludedAt", "winner", "tried"))
    started_at = members.read("startedAt", _read_instant, None)
    status = members.read("status", lambda status: status.member(ExperimentStatus), ExperimentStatus.RUNNING)
    if status is ExperimentStatus.DRAFT:
        reader.refuse(Code.UNKNOWN_VALUE, "use RUNNING or CONCLUDED: what never ran has no run", "status")
    number = members.read("number", lambda number: number.integer(1, MOST_RUNS), 1)
    nothing: tuple[float, ...] = ()
    allocation = members.read("allocation", _read_allocation, nothing)
    concluded_at = members.read("concludedAt", _read_instant, None)
    winner = members.read("winner", _read_winner, None)
    tried = members.read("tried", read_experiment, None)
    if tried is not None and len(tried.variations) != len(allocation):
        _refuse_shares_of_another(reader, tried, allocation)
    if started_at is None:
        return None
    return ExperimentRun(number, status, started_at, allocation, concluded_at, winner, tried)


def run_document(run: ExperimentRun) -> dict[str, Json]:
    return {
        "number": run.number,
        "status": run.status.value,
        "startedAt": instant_text(run.started_at),
        "allocation": [plain_number(share) for share in run.allocation],
        "concludedAt": instant_text(run.concluded_at),
        "winner": run.winner,
        "tried": None if run.tried is None else experiment_document(run.tried),
    }


def refuse_foreign_run(reader: Reader, experiment: Experiment | None, run: ExperimentRun) -> None:
    """A run that goes on has a share for each variation of the experiment that it is of."""
    if not run.is_running:
        return
    if experiment is None:
        reader.refuse(Code.CONTRADICTION, "there is no experiment that could run: leave out the run")
    elif len(run.allocation) != len(experiment.variations):
        _refuse_shares_of_another(reader, experiment, run.allocation)


def _refuse_shares_of_another(reader: Reader, experiment: Experiment, allocation: tuple[float, ...]) -> None:
    message = f"give {len(experiment.variations)} shares, one a variation, not {len(allocation)}"
    reader.refuse(Code.CONTRADICTION, message, "allocation")


def _read_variations(reader: Reader) -> tuple[Variation, ...]:
    before = len(reader.problems)
    variations = reader.items(_read_variation, most=MOST_VARIATIONS)
    if reader.is_flawed_since(before):
        return variations
    if len(variations) < FEWEST_VARIATIONS:
        reader.refuse(Code.REQUIRED, f"give {FEWEST_VARIATIONS} variations at least: one is compared with another")
        return variations
    reader.refuse_repetitions(tuple(variation.key for variation in variations), "key")
    _refuse_shares(reader, [variation.allocation for variation in variations], "allocations")
    _refuse_controls(reader, variations)
    return variations


def _refuse_controls(reader: Reader, variations: tuple[Variation, ...]) -> None:
    controls = [variation.key for variation in variations if variation.control]
    if not controls:
        reader.refuse(Code.EXACTLY_ONE, "mark one variation as the control, with which the others are compared")
    elif len(controls) > 1:
        reader.refuse(Code.EXACTLY_ONE, f"mark only one of {' and '.join(controls)} as the control")


def _read_variation(reader: Reader) -> Variation:
    members = reader.members(("key", "allocation", "adaptations"), ("control",))
    return Variation(
        key=VariationKey(members.read("key", Reader.key, "")),
        allocation=members.read("allocation", _read_share, 0.0),
        control=members.read("control", Reader.boolean, default=False),
        adaptations=members.read("adaptations", lambda inner: read_adaptations(inner, least=0), ()),
    )


def _variation_document(variation: Variation) -> dict[str, Json]:
    return {
        "key": variation.key,
        "allocation": plain_number(variation.allocation),
        "control": variation.control,
        "adaptations": [adaptation_document(adaptation) for adaptation in variation.adaptations],
    }


def _read_share(reader: Reader) -> float:
    return reader.number(0, 1)


def _read_allocation(reader: Reader) -> tuple[float, ...]:
    before = len(reader.problems)
    shares = reader.items(_read_share, least=FEWEST_VARIATIONS, most=MOST_VARIATIONS)
    if not reader.is_flawed_since(before):
        _refuse_shares(reader, shares, "shares")
    return shares


def _refuse_shares(reader: Reader, shares: Iterable[float], what: str) -> None:
    total = sum(shares)
    if abs(total - 1) > ALLOCATION_TOLERANCE:
        reader.refuse(Code.SUM_IS_NOT_ONE, f"the {what} sum to {total:.6g}: make them sum to 1")


def _read_goal(reader: Reader) -> Goal:
    before = len(reader.problems)
    members = reader.members(("kind", "windowDays"), ("target", "measure", "increase", "cap"))
    goal = Goal(
        kind=members.read("kind", lambda kind: kind.member(InteractionKind), InteractionKind.CONVERSION),
        window_days=members.read("windowDays", lambda days: days.integer(1, LONGEST_WINDOW_DAYS), 1),
        target=members.read("target", _read_goal_target, None),
        measure=members.read("measure", lambda measure: measure.member(GoalMeasure), GoalMeasure.CONVERSION_RATE),
        increase=members.read("increase", Reader.boolean, default=True),
        cap=members.read("cap", _read_cap, None),
    )
    if not reader.is_flawed_since(before) and goal.cap is not None:
        _refuse_cap(reader, goal.measure, goal.cap)
    return goal


def _refuse_cap(reader: Reader, measure: GoalMeasure, cap: float) -> None:
    if measure not in _CAPPED:
        message = "only counts and values can be capped: who converts counts as one already"
        reader.refuse(Code.CONTRADICTION, message, "cap")
    elif measure is GoalMeasure.COUNT_MEAN and cap != int(cap):
        reader.refuse(Code.OUT_OF_RANGE, "counts are whole: give a whole number, 1 at least", "cap")


def _goal_document(goal: Goal) -> dict[str, Json]:
    return {
        "kind": goal.kind.value,
        "target": goal.target,
        "windowDays": goal.window_days,
        "measure": goal.measure.value,
        "increase": goal.increase,
        "cap": None if goal.cap is None else plain_number(goal.cap),
    }


def _read_goal_target(reader: Reader) -> str | None:
    return read_target(reader)


def _read_cap(reader: Reader) -> float | None:
    before = len(reader.problems)
    cap = reader.number(0, LARGEST_CAP)
    if cap == 0 and not reader.is_flawed_since(before):
        reader.refuse(Code.OUT_OF_RANGE, "give more than 0: otherwise nobody contributes anything")
    return cap


def _read_instant(reader: Reader) -> datetime | None:
    return reader.instant()


def _read_winner(reader: Reader) -> VariationKey | None:
    return VariationKey(reader.key())


def _refuse_repeated_goals(reader: Reader, experiment: Experiment) -> None:
    here = reader.at("guardrails", None)
    for index, goal in enumerate(experiment.guardrails):
        if goal == experiment.goal:
            here.refuse(Code.DUPLICATE, "this is the goal itself: keep one", str(index))
    here.refuse_repetitions(experiment.guardrails)
