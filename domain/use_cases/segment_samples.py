"""What have the users of a run done inside each segment, and outside of it, so that variations can be compared?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.rules.outcomes.contributions import EVERYBODY
from domain.statistics.bandits.stratified import stratified_samples
from domain.use_cases.experiment_results import is_by_one_allocation
from domain.use_cases.exposed_sums import RunSums, run_subject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from domain.model.experiments import Experiment
    from domain.model.rules import Rule
    from domain.statistics.samples import Sample

    Segments = Mapping[str, Mapping[str, RunSums]]
    """By segment at exposure, `EVERYBODY` included, and subject."""


@dataclass(frozen=True, slots=True)
class SegmentSamples:
    """One sample for each variation, of its goal.

    `strata`: users within one are compared with each other. It is one for all, or one a day where the allocation
    changed: a variation that got more of its users lately would look worse than it is.
    """

    experiment: Experiment
    strata: tuple[Mapping[str, RunSums], ...]

    @classmethod
    def of(cls, rule: Rule, experiment: Experiment, whole: Segments, days: Sequence[Segments]) -> SegmentSamples:
        """`days`: what is `whole`, by day; only asked for where the allocation changed."""
        by_one = is_by_one_allocation(rule, _of_the_run(rule, whole).get(EVERYBODY, RunSums()))
        return cls(experiment, tuple(_of_the_run(rule, each) for each in ([whole] if by_one else days)))

    @property
    def names(self) -> list[str]:
        """Of the segments in which anybody was."""
        return sorted({name for stratum in self.strata for name in stratum} - {EVERYBODY})

    def inside(self, name: str) -> Sequence[Sample]:
        return self._compared([self._samples(stratum, name) for stratum in self.strata])

    def outside(self, name: str) -> Sequence[Sample]:
        return self._compared([self._others(stratum, name) for stratum in self.strata])

    def everybody(self) -> Sequence[Sample]:
        return self.inside(EVERYBODY)

    def _compared(self, strata: Sequence[Sequence[Sample]]) -> Sequence[Sample]:
        """Of a single stratum the sums themselves, which are exact."""
        return strata[0] if len(strata) == 1 else stratified_samples(strata) or self._samples({}, EVERYBODY)

    def _samples(self, stratum: Mapping[str, RunSums], name: str) -> list[Sample]:
        sums = stratum.get(name, RunSums())
        return [sums.sample(variation.key, 0, self.experiment.goal) for variation in self.experiment.variations]

    def _others(self, stratum: Mapping[str, RunSums], name: str) -> list[Sample]:
        both = zip(self._samples(stratum, EVERYBODY), self._samples(stratum, name), strict=True)
        return [everybody - inside for everybody, inside in both]


def _of_the_run(rule: Rule, segments: Segments) -> Mapping[str, RunSums]:
    subject = run_subject(rule)
    return {name: runs[subject] for name, runs in segments.items() if subject in runs and runs[subject].sums}
