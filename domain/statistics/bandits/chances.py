"""How probable is it that each of several variations is the best, given what is believed of each?

This is the share that Thompson sampling gives each of them (W. R. Thompson, Biometrika 25, 1933), worked out by
quadrature instead of drawing, so that the same evidence always gives the same answer.
"""

from __future__ import annotations

from itertools import accumulate
from operator import mul
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.statistics.bandits.beliefs import Belief, Numbers

_CELLS_PER_BELIEF = 1_024
"""Landmarks of each belief, between which all beliefs count as uniform: the error goes with their distance squared."""
_MOST_CELLS = 32_768
_FARTHEST_LOGIT = 24.0
"""The outermost landmarks leave about e^-24 of a distribution beyond them."""
_NODES, _WEIGHTS = special.roots_legendre(6)


def chances_of_being_best(beliefs: Sequence[Belief]) -> tuple[float, ...]:
    """One probability for each belief; they sum to 1.

    The integral of f_i(x) times the product of the others' F_j(x), summed over cells in which every distribution
    counts as uniform: then the integrand is a polynomial, and the sum over all i telescopes to 1.
    """
    if len(beliefs) < 2:  # noqa: PLR2004 - nobody to be better than
        return (1.0,) * len(beliefs)
    reached = _reached(beliefs)
    starts, masses = reached[:, :-1], np.diff(reached, axis=1)
    chances = np.zeros(len(beliefs))
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        others = _products_of_others(starts + (node + 1) / 2 * masses)
        chances += weight / 2 * np.einsum("ic,ic->i", masses, others)
    return tuple(float(chance) for chance in chances / chances.sum())


def _reached(beliefs: Sequence[Belief]) -> Numbers:
    """The share of each belief (rows) below the edge of each cell (columns), from 0 to 1."""
    cells = max(16, min(_CELLS_PER_BELIEF, _MOST_CELLS // len(beliefs)))
    shares = special.expit(np.linspace(-_FARTHEST_LOGIT, _FARTHEST_LOGIT, cells))
    edges = np.unique(np.concatenate([belief.landmarks(shares) for belief in beliefs]))
    # A belief without spread jumps at one edge: an edge just below keeps the jump to a cell of its own.
    edges = np.union1d(edges, np.nextafter(edges, -np.inf))
    below = np.stack([belief.below(edges) for belief in beliefs])
    ends = np.zeros((len(beliefs), 1)), np.ones((len(beliefs), 1))
    return np.asarray(np.hstack([ends[0], np.maximum.accumulate(below, axis=1), ends[1]]), dtype=np.float64)


def _products_of_others(factors: Numbers) -> Numbers:
    """For each row, the product of all other rows, without dividing (a factor may be 0)."""
    ones = np.ones_like(factors[:1])
    before = list(accumulate(factors[:-1], mul, initial=ones[0]))
    after = list(accumulate(factors[:0:-1], mul, initial=ones[0]))[::-1]
    return np.asarray(np.stack(before) * np.stack(after), dtype=np.float64)
