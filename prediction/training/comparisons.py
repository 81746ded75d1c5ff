"""Is a newly trained model better than the one in use, both measured on the same latest window?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from prediction.training.outcomes import Comparing, Recounting

if TYPE_CHECKING:
    from domain.model.insights import ModelQuality
    from prediction.training.outcomes import Storable, Trained, Trainer

COUNTED_ANEW = "what the model in use learnt stays, with what was counted anew, since the new one is not to replace it"

LESS_IS_BETTER = ("loss", "error", "mae", "bias")
"""What the names of such metrics hold."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Whether to switch, and why, in words."""

    switches: bool
    reason: str


def chosen(
    trainer: Trainer[Storable], trained: Trained[Storable], in_use: Storable | None
) -> tuple[Trained[Storable], Comparison]:
    """What is to be kept of a training, and whether it is to serve.

    What was learnt only replaces what it is better than; what is merely counted is counted anew in either case.
    """
    comparison = compared(trainer, trained, in_use)
    if comparison.switches or in_use is None or not isinstance(trainer, Recounting):
        return trained, comparison
    try:
        recounted = trainer.recounted(in_use)
    except Exception:  # noqa: BLE001 - as below
        return trained, comparison
    return recounted, Comparison(switches=True, reason=f"{COUNTED_ANEW}: {comparison.reason}")


def compared(trainer: Trainer[Storable], trained: Trained[Storable], in_use: Storable | None) -> Comparison:
    """`in_use`: the model that serves, `None` when none does or none that this release can read."""
    if in_use is None:
        return Comparison(switches=True, reason="no model was in use")
    if not trained.quality:
        return Comparison(switches=False, reason="it could not be measured, unlike the model in use")
    if not isinstance(trainer, Comparing):
        return _without_measuring(trained, "the model in use was not measured again")
    try:
        old = {quality.metric: quality for quality in trainer.measured(in_use)}
    except Exception as fault:  # noqa: BLE001 - a model that breaks must not stand in the way of its successor
        return _without_measuring(trained, f"the model in use cannot be measured ({type(fault).__name__})")
    for new in trained.quality:
        if new.metric in old:
            return _by(new, old[new.metric])
    return _without_measuring(trained, "the model in use has no metric in common with it")


def is_better(new: ModelQuality, old: ModelQuality) -> bool:
    """By the same metric; equal is not better."""
    if new.metric != old.metric:
        raise ValueError(f"{new.metric} cannot be compared with {old.metric}")
    return new.value < old.value if is_loss(new.metric) else new.value > old.value


def is_loss(metric: str) -> bool:
    """Is less of it better?"""
    return any(word in metric.lower() for word in LESS_IS_BETTER)


def _by(new: ModelQuality, old: ModelQuality) -> Comparison:
    figures = f"{new.metric} {new.value:.4f}, and {old.value:.4f} of the model in use, on the latest window"
    if is_better(new, old):
        return Comparison(switches=True, reason=f"better than the model in use: {figures}")
    return Comparison(switches=False, reason=f"not better than the model in use: {figures}")


def _without_measuring(trained: Trained[Storable], why: str) -> Comparison:
    if trained.serves_baseline:
        return Comparison(switches=False, reason=f"it does not beat its baseline, and {why}")
    return Comparison(switches=True, reason=f"it beats its baseline on the latest window, and {why}")
