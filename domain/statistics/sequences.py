"""How far apart are two variations, looked at as often as one likes?

A confidence sequence covers the truth at all times at once: one may look every day and stop at any of them. These are
asymptotic, as the usual intervals are: from about a hundred users of each variation on. With very few users, whose
variance is hardly known, the interval for one look is the wider one and then stands for both.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.statistics.differences import Difference


def tuned(alpha: float, reference_users: int) -> float:
    """The parameter (rho) by which the sequence is about narrowest at so many users.

    Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic confidence
    sequences", equation 161 of version 7.
    """
    surprise = -2 * math.log(alpha)
    return math.sqrt((surprise + math.log(surprise + 1)) / reference_users)


def sequential_interval(difference: Difference, alpha: float, reference_users: int) -> tuple[float, float]:
    """What covers the true difference at every time, in a share 1 - alpha of experiments.

    Waudby-Smith et al., equation 9 of version 7, with the users of both variations as time: Robbins's normal mixture,
    as Howard, Ramdas, McAuliffe and Sekhon (2021), "Time-uniform, nonparametric, nonasymptotic confidence sequences",
    equation 14, state it for a variance that has to be known.
    """
    time = difference.users * tuned(alpha, reference_users) ** 2
    half = difference.error * math.sqrt(2 * (time + 1) / time * math.log(math.sqrt(time + 1) / alpha))
    half = max(half, difference.half_width(alpha))
    return difference.estimate - half, difference.estimate + half


def sequential_p_value(difference: Difference, alpha: float, reference_users: int) -> float:
    """The p-value of no difference that holds at every time: below alpha exactly where that interval excludes 0.

    One over the e-value; Waudby-Smith et al., equation 155 of version 7.
    """
    time = difference.users * tuned(alpha, reference_users) ** 2
    ratio = (difference.estimate / difference.error) ** 2
    evidence = time / (time + 1) * ratio / 2 - math.log(time + 1) / 2
    return max(math.exp(-max(0.0, evidence)), difference.p_value)
