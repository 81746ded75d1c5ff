"""Variations of experiments as statistics see them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from domain.model.experiments import VariationKey
from domain.statistics.analyses import Observed, analyse
from domain.statistics.questions import Design, Looks, Outcome, Question

if TYPE_CHECKING:
    from domain.model.experiment_results import ExperimentResults
    from domain.statistics.samples import Sample

AT = datetime(2026, 11, 1, tzinfo=UTC)
ONCE = Design(looks=Looks.ONCE)
RATE = Question(Outcome.RATE)
MEAN = Question(Outcome.MEAN)
RATIO = Question(Outcome.RATIO)


def observed(key: str, *samples: Sample, allocation: float = 1.0) -> Observed:
    return Observed(VariationKey(key), allocation, samples)


def analysed(*samples: Sample, question: Question = RATE, design: Design = ONCE) -> ExperimentResults:
    """Analyse one goal; the first sample is the control's (`a`), the others are `b`, `c`, ..."""
    control, *others = (observed(key, sample) for key, sample in zip("abcdefgh", samples, strict=False))
    return analyse(control, others, (question,), AT, design)
