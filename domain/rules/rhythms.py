"""At which hours, how regularly and how increasingly does somebody come? The measures, without any history.

All of them start from sessions, not interactions: clicks of one visit are one piece of evidence, not hundreds.
"""

from __future__ import annotations

import math
from collections import Counter
from statistics import correlation
from typing import TYPE_CHECKING

from domain.model.usage import Trend

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

REGULARITY_FROM_GAPS = 7
"""From here on the bias that Miller and Madow leave is at most one standard error of the regularity (simulated)."""
SHORTEST_GAP_OCTAVE = -6
"""Sessions lie more than half an hour apart: 2^-6 days are 22 minutes."""
LONGEST_GAP_OCTAVE = 6
"""Sessions of one horizon lie about 90 days apart at most: 2^6.5 days."""
GAP_OCTAVES = LONGEST_GAP_OCTAVE - SHORTEST_GAP_OCTAVE + 1

TREND_FROM_SESSIONS = 5
TREND_FROM_WEEKS = 8
CRITICAL_T = {8: 2.446912, 9: 2.364624, 10: 2.306004, 11: 2.262157, 12: 2.228139}
"""By the number of weeks k: what Student's t with k - 2 degrees of freedom exceeds in 2.5 % of all cases."""
TREND_UP_TO_WEEKS = max(CRITICAL_T)


def shrunken_shares(counts: Collection[int], evidence: int, prior: int) -> tuple[float, ...]:
    """Shares of `counts` as far as so many sessions support them, the rest spread evenly; they sum to 1.

    (evidence * share + prior / k) / (evidence + prior): the posterior mean of a Dirichlet(prior / k, ...) after
    `evidence` observations that fell as the counts did (Gelman et al., Bayesian Data Analysis, 3rd ed., 2013, 3.4).
    Little evidence stays near 1 / k, and with all evidence of the world the shares are the observed ones. All
    zeros where nothing was counted: then not even an even spread is known.
    """
    total = sum(counts)
    if not total:
        return (0.0,) * len(counts)
    even = prior / len(counts)
    return tuple((evidence * count / total + even) / (evidence + prior) for count in counts)


def entropy(counts: Collection[int]) -> float:
    """The entropy, in nats, of what was counted so often: Shannon's, plus small samples make it too small.

    -sum p ln p + (m - 1) / (2 n) for m kinds seen among n (Miller, "Note on the bias of information estimates", in
    Information Theory in Psychology, 1955). Not above the true one on average; 0 when all are of one kind.
    """
    seen = [count for count in counts if count]
    total = sum(seen)
    if not total:
        return 0.0
    plugged_in = math.fsum(count * math.log(total / count) for count in seen) / total
    return plugged_in + (len(seen) - 1) / (2 * total)


def regularity(gaps: Collection[float]) -> float | None:
    """How far the gaps between sessions, in days, are from telling nothing about the next one, in [0, 1].

    1 - H / ln 13, where H is the entropy of the gaps' octaves: of 13 classes, each twice as long as the one before,
    from half an hour to 90 days, laid so that a day, a week and a month are away from their ends. 1 when all gaps are
    alike, 0 when each class is equally likely; sessions at random instants (a Poisson process) come to 0.24 to 0.34,
    depending on how many of the classes they reach. Blind to the order of the gaps. `None` below seven gaps; with
    seven, random sessions still read 0.1 too regular, with twenty 0.03.
    """
    if len(gaps) < REGULARITY_FROM_GAPS:
        return None
    return max(0.0, 1 - entropy(Counter(map(octave, gaps)).values()) / math.log(GAP_OCTAVES))


def octave(gap: float) -> int:
    """The class of a gap in days: the nearest power of two, as its exponent."""
    shortest = 2.0**SHORTEST_GAP_OCTAVE
    return min(round(math.log2(max(gap, shortest))), LONGEST_GAP_OCTAVE)


def trend(weekly: Sequence[int]) -> Trend:
    """Where the numbers of sessions of consecutive weeks, oldest first, are heading.

    The slope of the least-squares line, tested two-sided at 5 % by Student's t = r sqrt((k - 2) / (1 - r^2)) with r the
    correlation of k weeks with their counts. Weeks that could have come in any order exceed it in about 5 % of cases
    whatever their distribution (Pitman, "Significance tests which may be applied to samples from any populations, II",
    Supplement to JRSS 4 (1937) 225-232). That is why it is not Poisson's: people come in bursts, which a test for
    equal Poisson rates takes for a trend in 24 to 41 % of cases (simulated, variance 3 to 6 times the mean).
    Unknown for fewer than eight weeks or five sessions; of more than twelve weeks the latest twelve count.
    """
    weeks = weekly[-TREND_UP_TO_WEEKS:]
    if len(weeks) < TREND_FROM_WEEKS or sum(weeks) < TREND_FROM_SESSIONS:
        return Trend.UNKNOWN
    if len(set(weeks)) == 1:
        return Trend.STEADY
    related = correlation(range(len(weeks)), weeks)
    critical = CRITICAL_T[len(weeks)] / math.sqrt(len(weeks) - 2 + CRITICAL_T[len(weeks)] ** 2)
    if abs(related) < critical:
        return Trend.STEADY
    return Trend.RISING if related > 0 else Trend.FALLING
