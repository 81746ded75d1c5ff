"""How much of the spread between users was there before they saw anything?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from domain.statistics.absences import Absence
from domain.statistics.estimates import SMALLEST_VARIANCE, Estimate, estimate_of
from domain.statistics.moments import Moments, moments_of
from domain.statistics.questions import Outcome

if TYPE_CHECKING:
    from domain.statistics.samples import Sample


@dataclass(frozen=True, slots=True)
class Adjusted:
    """Two estimates whose difference is that of the unadjusted ones, without what `before` explains of its spread."""

    control: Estimate
    variation: Estimate
    variance_reduction: float


def adjusted_by_before(control: Sample, variation: Sample, outcome: Outcome) -> Adjusted | Absence:
    """Take off theta times what users did before (CUPED), with one theta for both variations.

    Deng, Xu, Kohavi and Walker (2013), "Improving the Sensitivity of Online Controlled Experiments by Utilizing
    Pre-Experiment Data", equations 2 to 4.
    """
    if outcome is Outcome.RATIO:
        return Absence("a ratio is not adjusted by what happened before")
    theta = _theta(control + variation) if _vary_before(control, variation) else 0.0
    plain = [estimate_of(sample, outcome) for sample in (control, variation)]
    if not theta:
        return Absence("nothing that differs between users is known of the time before")
    adjusted = []
    for sample, estimate in zip((control, variation), plain, strict=True):
        if isinstance(estimate, Absence):
            return estimate
        adjusted.append(_adjusted(sample, estimate, theta))
    left, right = adjusted
    if min(left.variance, right.variance) < SMALLEST_VARIANCE:
        return Absence("what happened before explains every difference between users")
    before = sum(estimate.squared_error for estimate in plain if isinstance(estimate, Estimate))
    return Adjusted(left, right, min(1.0, max(0.0, 1 - (left.squared_error + right.squared_error) / before)))


def _vary_before(*samples: Sample) -> bool:
    """Within each variation: what differs only between them is no matter of users: it would take the effect off."""
    if not all(sample.before_squares for sample in samples):
        return False
    moments = [moments_of(sample) for sample in samples]
    return all(isinstance(each, Moments) and each.before_variance >= SMALLEST_VARIANCE for each in moments)


def _theta(everybody: Sample) -> float:
    moments = moments_of(everybody)
    if isinstance(moments, Absence) or moments.before_variance < SMALLEST_VARIANCE:
        return 0.0
    return moments.before_covariance / moments.before_variance


def _adjusted(sample: Sample, estimate: Estimate, theta: float) -> Estimate:
    moments = moments_of(sample)
    if isinstance(moments, Absence):
        return estimate
    variance = estimate.variance + theta**2 * moments.before_variance - 2 * theta * moments.before_covariance
    return replace(estimate, mean=estimate.mean - theta * moments.before_mean, variance=max(0.0, variance))
