"""Is it worth choosing a variation per segment, or does one for everybody do as well?

A segment gets a variation of its own only where the lower bound of what that gains over the best fixed variation is
above zero. Of many segments some look good by chance: bounds hold for all of them together (Bonferroni), and what the
whole idea is worth is measured on users who had no say in the choice (cross-fitting).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy import special

from domain.statistics.bandits.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Segments = Mapping[str, Sequence[Evidence]]
    """What each variation brought in each segment; every user is in exactly one of them."""

FEWEST_USERS = 100
"""Of each of two variations, before their means are compared as normal ones."""
CONFIDENCE = 0.95
_LEAST_CONFIDENCE, _MOST_CONFIDENCE = 0.5, 1 - 1e-9


@dataclass(frozen=True, slots=True)
class Gain:
    """What one choice brings more per user than another, with an interval."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class OwnChoice:
    """A segment whose own variation surely beats the fixed one; `gain` per user of the segment, which is `share`."""

    segment: str
    variation: int
    gain: Gain
    share: float


@dataclass(frozen=True, slots=True)
class Learned:
    """What users got per head whose variation was chosen by what others of their segment did, and by the fixed one."""

    personalised: float
    fixed: float
    gain: Gain


@dataclass(frozen=True, slots=True)
class Personalisation:
    """`fixed`: the best variation for everybody (`None`: too little is known). `choices`: the segments that differ."""

    fixed: int | None
    choices: tuple[OwnChoice, ...] = ()
    learned: Learned | None = None
    segments: int = 0

    @property
    def is_worth_it(self) -> bool:
        return bool(self.choices)

    @property
    def least_gain(self) -> float:
        """The lower bound of what personalising brings per user, over everybody."""
        return math.fsum(choice.share * choice.gain.low for choice in self.choices)

    def variation_for(self, segment: str) -> int | None:
        return next((choice.variation for choice in self.choices if choice.segment == segment), self.fixed)


def personalise(folds: Sequence[Segments], confidence: float = CONFIDENCE) -> Personalisation:
    """Choose per segment where that surely pays. Folds are disjoint groups of users, divided by chance.

    More is better: of a goal where less is, turn the outcomes' signs. With a single fold there is nobody left to try
    a choice on: `learned` is `None` then. Variations that are not the same in every segment cannot be compared.
    """
    is_comparable = len({len(variations) for fold in folds for variations in fold.values()}) == 1
    if not is_comparable or not _LEAST_CONFIDENCE <= confidence <= _MOST_CONFIDENCE:
        return Personalisation(None)
    everything = _together(folds)
    fixed = _best(_overall(everything))
    if fixed is None:
        return Personalisation(None, segments=len(everything))
    choices = _own_choices(everything, fixed, confidence)
    return Personalisation(fixed, choices, _learned(folds, confidence), len(everything))


def verdict(found: Personalisation, names: Sequence[str]) -> str:
    """The finding in words, naming the variations."""
    if found.fixed is None:
        return "Too few users to tell whether one variation for everybody or one per segment is better."
    if not found.choices:
        return (
            "Personalising is worth nothing as far as these users show: no segment surely gains from another variation "
            f'than "{names[found.fixed]}", the best for everybody.' + _measured(found.learned)
        )
    own = ", ".join(f'"{names[choice.variation]}" in {choice.segment}' for choice in found.choices)
    return (
        f'Personalising pays in {len(found.choices)} of {found.segments} segments ({own}), with "{names[found.fixed]}" '
        f"elsewhere: at least {found.least_gain:+.4f} per user." + _measured(found.learned)
    )


def _measured(learned: Learned | None) -> str:
    if learned is None:
        return ""
    gain = learned.gain
    return (
        f" Chosen per segment, users not asked before gave {learned.personalised:.4f} each; with the best single "
        f"variation {learned.fixed:.4f} (difference {gain.estimate:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}])."
    )


@dataclass(frozen=True, slots=True)
class _Difference:
    """Of two means, with the variance of the difference; `None` where too few users make it no normal one."""

    estimate: float
    variance: float

    @classmethod
    def of(cls, chosen: Evidence, other: Evidence) -> _Difference | None:
        if min(chosen.users, other.users) < FEWEST_USERS:
            return None
        variance = sum(one.deviations / (one.users - 1) / one.users for one in (chosen, other))
        return cls(chosen.mean - other.mean, variance) if variance > 0 else None

    def gain(self, deviations: float) -> Gain:
        half = deviations * math.sqrt(self.variance)
        return Gain(self.estimate, self.estimate - half, self.estimate + half)


def _own_choices(segments: Segments, fixed: int, confidence: float) -> tuple[OwnChoice, ...]:
    comparisons = sum(len(variations) - 1 for variations in segments.values())
    deviations = float(special.ndtri(1 - (1 - confidence) / max(1, comparisons)))
    everybody = sum(evidence.users for variations in segments.values() for evidence in variations)
    best = (_own_choice(segment, segments[segment], fixed, deviations) for segment in sorted(segments))
    return tuple(
        OwnChoice(segment, variation, gain, users / everybody)
        for segment, variation, gain, users in filter(None, best)
        if gain.low > 0
    )


def _own_choice(
    segment: str, variations: Sequence[Evidence], fixed: int, deviations: float
) -> tuple[str, int, Gain, float] | None:
    differences = (_Difference.of(evidence, variations[fixed]) for evidence in variations)
    gains = [(index, difference.gain(deviations)) for index, difference in enumerate(differences) if difference]
    others = [(index, gain) for index, gain in gains if index != fixed]
    if not others:
        return None
    index, gain = max(others, key=lambda found: found[1].low)
    return segment, index, gain, sum(evidence.users for evidence in variations)


@dataclass(slots=True)
class _Trial:
    """Sums over the folds of what chosen and fixed variations gave, weighted by users."""

    users: float = 0.0
    personalised: float = 0.0
    fixed: float = 0.0
    variance: float = 0.0

    def add(self, users: float, chosen: Evidence, fixed: Evidence) -> None:
        self.users += users
        self.personalised += users * chosen.mean
        self.fixed += users * fixed.mean
        if chosen is not fixed:
            self.variance += users**2 * sum(
                one.deviations / max(1.0, one.users - 1) / max(1.0, one.users) for one in (chosen, fixed)
            )


def _learned(folds: Sequence[Segments], confidence: float) -> Learned | None:
    trial = _Trial()
    for index, fold in enumerate(folds):
        others = _together([other for place, other in enumerate(folds) if place != index])
        fixed = _best(_overall(others))
        if fixed is not None:
            _try_out(fold, others, fixed, trial)
    if not trial.users:
        return None
    deviations = float(special.ndtri((1 + confidence) / 2))
    estimate = (trial.personalised - trial.fixed) / trial.users
    gain = _Difference(estimate, trial.variance / trial.users**2).gain(deviations)
    return Learned(trial.personalised / trial.users, trial.fixed / trial.users, gain)


def _try_out(fold: Segments, others: Segments, fixed: int, trial: _Trial) -> None:
    for segment in sorted(fold):
        variations = fold[segment]
        best = _best(others.get(segment, ()))
        chosen = fixed if best is None or not variations[best].users else best
        if variations[fixed].users:
            trial.add(sum(evidence.users for evidence in variations), variations[chosen], variations[fixed])


def _best(variations: Sequence[Evidence]) -> int | None:
    """The variation of the highest mean, the first of equal ones; `None` where some has too few users."""
    if not variations or any(not one.is_possible or one.users < FEWEST_USERS for one in variations):
        return None
    return max(range(len(variations)), key=lambda index: variations[index].mean)


def _together(folds: Iterable[Segments]) -> dict[str, tuple[Evidence, ...]]:
    total: dict[str, tuple[Evidence, ...]] = {}
    for fold in folds:
        for segment, variations in fold.items():
            known = total.get(segment, (Evidence(),) * len(variations))
            total[segment] = tuple(one + other for one, other in zip(known, variations, strict=True))
    return total


def _overall(segments: Segments) -> tuple[Evidence, ...]:
    return tuple(sum(parts, Evidence()) for parts in zip(*segments.values(), strict=True))
