"""Would a variation of its own in some segments bring more than one for everybody, as may be said at any time?

`bandits.personalising` asks the same once, when a planned test ends, of segments that share no user. Here segments
overlap and one looks as often as one likes, so only bounds that hold at any time decide.
"""

from __future__ import annotations

from dataclasses import replace
from math import comb
from typing import TYPE_CHECKING

from domain.model.segment_choices import SegmentChoice, SegmentChoices
from domain.model.segments import SegmentKey
from domain.statistics.absences import Absence
from domain.statistics.comparisons import compare
from domain.statistics.questions import Design, Question
from domain.statistics.words import amounts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from domain.model.experiments import Experiment
    from domain.statistics.samples import Sample

TOO_FEW = "Too few users to tell whether one variation for everybody or one per segment is better."
DESIGN = Design()


def chosen(
    experiment: Experiment, everybody: Sequence[Sample], segments: Mapping[str, Sequence[Sample]]
) -> SegmentChoices:
    """Samples are in the order of the variations.

    All segments and all pairs of variations are asked about (Bonferroni), as the data says which is the best.
    """
    best = _best(experiment, everybody)
    if best is None:
        return SegmentChoices(TOO_FEW)
    comparable = {name: samples for name, samples in segments.items() if _is_comparable(samples, best)}
    questions = max(1, len(comparable) * comb(len(experiment.variations), 2))
    design = replace(DESIGN, alpha=DESIGN.alpha / questions)
    found = [
        max(better, key=lambda choice: min(abs(choice.low), abs(choice.high)))
        for name, samples in comparable.items()
        if (better := [*_better(experiment, SegmentKey(name), samples, best, design)])
    ]
    favourite = experiment.variations[best].key
    return SegmentChoices(_told(experiment, best, found, len(comparable)), favourite, len(comparable), tuple(found))


def _best(experiment: Experiment, samples: Sequence[Sample]) -> int | None:
    """Which brings most, the first of equal ones; `None` where some variation has too few users."""
    if any(sample.users < DESIGN.least_users for sample in samples):
        return None
    direction = 1 if experiment.goal.increase else -1
    return max(range(len(samples)), key=lambda number: direction * samples[number].total / samples[number].users)


def _is_comparable(samples: Sequence[Sample], best: int) -> bool:
    """Has the best variation users enough there, and any other?"""
    enough = [sample.users >= DESIGN.least_users for sample in samples]
    return enough[best] and sum(enough) > 1


def _better(
    experiment: Experiment, segment: SegmentKey, samples: Sequence[Sample], best: int, design: Design
) -> Iterator[SegmentChoice]:
    """The variations that surely bring more there than the best for everybody."""
    for variation, sample in zip(experiment.variations, samples, strict=True):
        if sample is samples[best]:
            continue
        found = compare(samples[best], sample, Question.of(experiment.goal), design)
        if isinstance(found, Absence) or not found.is_enough:
            continue
        low, high = found.comparison.sequential_low, found.comparison.sequential_high
        if low > 0 if experiment.goal.increase else high < 0:
            users = samples[best].users + sample.users
            yield SegmentChoice(segment, variation.key, users, found.comparison.difference, low, high)


def _told(experiment: Experiment, best: int, choices: Sequence[SegmentChoice], compared: int) -> str:
    favourite = f"“{experiment.variations[best].key}”, the best for everybody"
    if not compared:
        return f"No segment has users enough to compare variations with {favourite}."
    if not choices:
        where = "the one segment" if compared == 1 else f"none of {compared} segments"
        verb = "no other variation surely brings more" if compared == 1 else "does another variation surely bring more"
        return f"Personalising is worth nothing as far as these users show: in {where} {verb} than {favourite}."
    told = amounts(Question.of(experiment.goal).outcome)
    own = "; ".join(
        f"“{one.variation}” in {one.segment} by {told.difference(one.difference, one.low, one.high)} "
        f"on {one.users:,} users"
        for one in choices
    )
    return f"Personalising pays in {len(choices)} of {compared} segments: against {favourite}, {own}."
