"""What has the experiment in a file shown?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.experiments.requests import RequestRefused
from app.experiments.tables import Place, read_tables
from domain.model.experiments import VariationKey
from domain.statistics.analyses import Observed, analyse
from domain.statistics.questions import Outcome, Question
from domain.statistics.sample_ratios import sample_ratio_p_value
from domain.statistics.samples import Sample
from domain.statistics.winsorising import cap_at, capped

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from app.experiments.requests import Request
    from app.experiments.tables import Table, Values
    from domain.model.experiment_results import ExperimentResults


@dataclass(frozen=True, slots=True)
class Invariant:
    """A count that no variation should change, of each variation in their order."""

    column: str
    counts: tuple[int, ...]
    p_value: float


@dataclass(frozen=True, slots=True)
class Analysis:
    """`results` of the goal and its guardrails; `besides`: the further outcomes, standing where guardrails do.

    `questions`: of the goal, the guardrails, and the further outcomes. `caps`: what a user counts at most, by column.
    """

    request: Request
    table: Table
    results: ExperimentResults
    besides: ExperimentResults
    questions: tuple[Question, ...]
    invariants: tuple[Invariant, ...]
    caps: dict[str, float]


def analysed(paths: Sequence[Path], request: Request) -> Analysis:
    """Read the files and analyse them.

    Raises:
        LogRefused: a file, or a line in it, cannot be read.
        RequestRefused: what is there makes no experiment.

    """
    request = request.checked()
    table = read_tables(paths, request)
    allocation = _allocation(request, table)
    place = Place.of(request)
    request, kinds = _decided(request, table)
    caps = _caps(request, table)
    everybody = [
        Observed(VariationKey(name), share, _samples(table.rows[name], request, place, caps))
        for name, share in allocation.items()
    ]
    control, *others = everybody
    goal, *further = range(len(request.outcomes))
    guardrails = range(len(request.outcomes), len(request.asked))
    at = datetime.now(UTC)
    results, besides = (
        analyse(
            _chosen(control, numbers),
            [_chosen(other, numbers) for other in others],
            [kinds[number] for number in numbers],
            at,
            request.design,
        )
        for numbers in ((goal, *guardrails), (goal, *further))
    )
    shares = list(allocation.values())
    invariants = [
        Invariant(column, tuple(table.invariants[column][name] for name in allocation), 1.0)
        for column in request.invariants
    ]
    return Analysis(
        request,
        table,
        results,
        besides,
        tuple(kinds[number] for number in (goal, *guardrails, *further)),
        tuple(replace(each, p_value=sample_ratio_p_value(each.counts, shares)) for each in invariants),
        caps,
    )


def _allocation(request: Request, table: Table) -> dict[str, float]:
    """Every variation's planned share, the control first."""
    names = sorted(table.rows)
    shown = ", ".join(map(repr, names))
    if request.control not in table.rows:
        raise RequestRefused(
            f"there is no variation {request.control!r} to be the control; there are {shown or 'none'}"
        )
    if len(names) == 1:
        raise RequestRefused(f"there is nothing to compare: {request.control!r} is the only variation")
    shares = dict(request.allocation) or dict.fromkeys(names, 1 / len(names))
    if set(shares) != set(names):
        raise RequestRefused(f"the allocation is of {', '.join(map(repr, shares))}, but the variations are {shown}")
    return {name: shares[name] for name in (request.control, *(each for each in names if each != request.control))}


def _decided(request: Request, table: Table) -> tuple[Request, list[Question]]:
    """Give every outcome a kind: without one it is a rate if all its values are 0 or 1."""
    asked = []
    for number, each in enumerate(request.asked):
        is_rate = request.is_aggregated or all(row[number] in (0, 1) for rows in table.rows.values() for row in rows)
        kind = each.kind or (Outcome.RATE if is_rate else Outcome.MEAN)
        if kind is Outcome.RATE and not is_rate:
            raise RequestRefused(f"{each.column} is more than 0 or 1 for some users: it is no rate")
        asked.append(replace(each, kind=kind))
    first = len(request.outcomes)
    questions = [Question(each.kind or Outcome.MEAN, each.increase, each.column) for each in asked]
    return replace(request, outcomes=tuple(asked[:first]), guardrails=tuple(asked[first:])), questions


def _caps(request: Request, table: Table) -> dict[str, float]:
    if request.cap is None:
        return {}
    caps: dict[str, float] = {}
    for number, each in enumerate(request.asked):
        if each.kind is Outcome.MEAN:
            cap = request.cap.amount
            if request.cap.share is not None:
                cap = cap_at(request.cap.share, [row[number] for rows in table.rows.values() for row in rows])
            if cap is not None:
                caps[each.column] = cap
    if not caps:
        raise RequestRefused("--cap limits what one user counts in a mean, and no outcome is a mean")
    return caps


def _samples(rows: Sequence[Values], request: Request, place: Place, caps: dict[str, float]) -> tuple[Sample, ...]:
    if place.users is not None:
        users = round(sum(row[place.users] for row in rows))
        reached = [round(sum(row[number] for row in rows)) for number in range(place.outcomes)]
        return tuple(Sample.of_rate(users, each) for each in reached)
    return tuple(_sample(rows, number, request, place, caps) for number in range(place.outcomes))


def _sample(rows: Sequence[Values], number: int, request: Request, place: Place, caps: dict[str, float]) -> Sample:
    asked = request.asked[number]
    outcomes = [row[number] for row in rows]
    if asked.column in caps and asked.kind is Outcome.MEAN:
        outcomes = capped(outcomes, caps[asked.column])
    if asked.kind is Outcome.RATIO and place.denominator is not None:
        return Sample.of(outcomes, denominators=[row[place.denominator] for row in rows])
    return Sample.of(outcomes, before=[] if place.before is None else [row[place.before] for row in rows])


def _chosen(observed: Observed, numbers: Sequence[int]) -> Observed:
    return replace(observed, samples=tuple(observed.samples[number] for number in numbers))
