"""Were users really divided as planned?

If not, something loses or doubles users of one variation, and what is left cannot be compared.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from scipy.special import chdtrc, gammaln

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST_EXPECTED = 5
"""Below, chi-square is not to be trusted: Cochran (1954)."""
_CONCENTRATION = 10_000.0
"""How closely the sequential test expects a broken split to be about the planned one."""


def sample_ratio_p_value(users: Sequence[int], allocation: Sequence[float]) -> float:
    """The chance of a split at least this far from the allocation, if looked at once: Pearson's chi-square.

    1 without users. Shares need not sum to 1. Of a variation without a share, any user at all is impossible. Where
    fewer than 5 users are to be expected in a variation, the sequential p-value, which holds for any number.
    """
    expected = _expected(users, allocation)
    if _is_impossible(users, expected):
        return 0.0
    if not sum(users) or min((each for each in expected if each > 0), default=0.0) < LEAST_EXPECTED:
        return sequential_sample_ratio_p_value(users, allocation)
    planned = [(seen, mean) for seen, mean in zip(users, expected, strict=True) if mean > 0]
    distance = sum((seen - mean) ** 2 / mean for seen, mean in planned)
    return float(chdtrc(len(planned) - 1, distance)) if len(planned) > 1 else 1.0


def sequential_sample_ratio_p_value(users: Sequence[int], allocation: Sequence[float]) -> float:
    """The same, looked at as often as one likes: one over the Bayes factor of a Dirichlet mixture around the plan.

    Lindon and Malek (2022), "Anytime-valid inference for multinomial count data", equation 6.
    """
    expected = _expected(users, allocation)
    if _is_impossible(users, expected):
        return 0.0
    total, share = sum(users), sum(allocation)
    if not total or share <= 0:
        return 1.0
    planned = [(seen, part / share) for seen, part in zip(users, allocation, strict=True) if part > 0]
    evidence = float(gammaln(_CONCENTRATION) - gammaln(_CONCENTRATION + total))
    for seen, part in planned:
        prior = _CONCENTRATION * part
        evidence += float(gammaln(prior + seen) - gammaln(prior)) - seen * math.log(part)
    return math.exp(-max(0.0, evidence))


def _expected(users: Sequence[int], allocation: Sequence[float]) -> list[float]:
    total, share = sum(users), sum(allocation)
    return [total * part / share if share > 0 else 0.0 for part in allocation]


def _is_impossible(users: Sequence[int], expected: Sequence[float]) -> bool:
    return any(seen > 0 and not mean > 0 for seen, mean in zip(users, expected, strict=True))
