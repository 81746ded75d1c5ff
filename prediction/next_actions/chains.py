"""Which action follows which, over all users?

Back-off Markov mixtures, each order smoothed into the one below it by Witten and Bell's rule (IEEE Transactions on
Information Theory 37 (1991) 1085-1094, method C): after a context that was seen n times with t different successors,
a successor seen c times has c / (n + t), and t / (n + t) is left to the shorter context.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from prediction.matrices import Counts, Vector

ORDERS = 4
"""How many actions a context has at most: with the successor they still fit one 64-bit number (2,001 ** 5)."""

MOST_KNOWN = 2_000
"""The most frequent actions are told apart; all others are one, so that a million targets cost no more."""

MOST_SUCCESSIONS = 100_000
"""The most frequent successions of each order are kept."""

_UNSEEN = 0.5
"""What an action that was never counted is worth, in counts (Jeffreys)."""


@dataclass(frozen=True, slots=True, eq=False)
class Successions:
    """What followed contexts of one length: sorted `contexts`, each with `starts[i]` to `starts[i + 1]` of the rest."""

    contexts: Counts
    starts: Counts
    successors: Counts
    counts: Counts


@dataclass(frozen=True, slots=True, eq=False)
class Opinion:
    """One row per context, one column per known action and a last one for all others.

    `mixture` backs off through all orders, `markov` from the last action only. `shares[order - 1]`: of the successors
    of the last `order` actions; `seen[order - 1]`: how often those were seen.
    """

    mixture: Vector
    markov: Vector
    shares: tuple[Vector, ...]
    seen: tuple[Vector, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """`popularity`: probabilities of each known action and, last, of all others together."""

    popularity: Vector
    orders: tuple[Successions, ...]

    @property
    def known(self) -> int:
        return len(self.popularity) - 1

    def opinion(self, contexts: Counts) -> Opinion:
        """`contexts`: the last `ORDERS` actions, the latest last, -1 where there was none."""
        mixture = np.tile(self.popularity, (len(contexts), 1))
        markov = mixture
        shares, seen = [], []
        for order, successions in enumerate(self.orders, start=1):
            rows, successors, counts, totals, kinds = _followed(successions, contexts[:, -order:], self.known + 1)
            known = totals > 0
            mixture[known] *= (kinds[known] / (totals[known] + kinds[known]))[:, np.newaxis]
            mixture[rows, successors] += counts / (totals + kinds)[rows]
            share = np.zeros_like(mixture)
            share[rows, successors] = counts / totals[rows]
            shares.append(share)
            seen.append(totals)
            if order == 1:
                markov = mixture.copy()
        return Opinion(mixture, markov, tuple(shares), tuple(seen))


def _followed(successions: Successions, contexts: Counts, base: int) -> tuple[Counts, Counts, Counts, Vector, Vector]:
    """Row, successor and count of everything that followed; per row, how much and how much different."""
    totals = np.zeros(len(contexts))
    kinds = np.zeros(len(contexts))
    keys = _keys(contexts, base)
    places = np.minimum(np.searchsorted(successions.contexts, keys), max(0, len(successions.contexts) - 1))
    complete = np.all(contexts >= 0, axis=1)
    rows = np.flatnonzero(complete & (successions.contexts[places] == keys)) if len(successions.contexts) else keys[:0]
    starts = successions.starts[places[rows]]
    lengths = successions.starts[places[rows] + 1] - starts
    within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    chosen = np.repeat(starts, lengths) + within
    of_row = np.repeat(rows, lengths)
    counts = successions.counts[chosen]
    kinds[rows] = lengths
    totals += np.bincount(of_row, weights=counts, minlength=len(contexts))
    return of_row, successions.successors[chosen], counts, totals, kinds


def _keys(contexts: Counts, base: int) -> Counts:
    keys = np.zeros(len(contexts), dtype=np.int64)
    for column in range(contexts.shape[1]):
        keys = keys * base + contexts[:, column]
    return keys


def chain_of(sequences: Iterable[Counts], known: int, most_successions: int = MOST_SUCCESSIONS) -> Chain:
    """Of sequences of codes up to `known`, each of one user."""
    counted = np.full(known + 1, _UNSEEN)
    keys: list[list[Counts]] = [[] for _ in range(ORDERS)]
    for codes in sequences:
        counted += np.bincount(codes, minlength=known + 1)
        for order in range(1, ORDERS + 1):
            if len(codes) > order:
                keys[order - 1].append(_keys(np.lib.stride_tricks.sliding_window_view(codes, order + 1), known + 1))
    orders = tuple(_successions(each, known + 1, most_successions, order) for order, each in enumerate(keys, start=1))
    return Chain(counted / counted.sum(), orders)


def _successions(keys: Sequence[Counts], base: int, most: int, order: int) -> Successions:
    every = np.concatenate(keys) if keys else np.zeros(0, dtype=np.int64)
    distinct, counts = np.unique(every, return_counts=True)
    if order > 1:
        # Long contexts are mostly seen once, and what followed once says next to nothing.
        distinct, counts = distinct[counts > 1], counts[counts > 1]
    kept = np.sort(np.argsort(-counts, kind="stable")[:most])
    distinct, counts = distinct[kept], counts[kept]
    contexts, starts = np.unique(distinct // base, return_index=True)
    return Successions(contexts, np.append(starts, len(distinct)), distinct % base, counts.astype(np.int64))
