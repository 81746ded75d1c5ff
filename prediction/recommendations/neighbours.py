"""Which features go together, judged by who uses them?

Everything here comes out of one matrix: how many users use both of two features (its diagonal: how many use one).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from prediction.matrices import Counts, Matrix, Vector

NEIGHBOURS = 100
"""Of a feature; the rest of a row weighs next to nothing, and 2,000 whole rows would be 16 MB."""

SMALL = 256
"""Features: as many squared are half a megabyte, and looking something up there takes a tenth of the time."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """How much having a feature (a row) speaks for others: their columns, and the weights; other weights are 0."""

    columns: NDArray[np.intp]
    weights: Matrix
    cells: Counts = field(init=False)
    """Where each weight stands in the whole matrix, ascending, because columns are in order."""
    whole: Vector | None = field(init=False)
    """The matrix itself, row after row, where it is small."""

    def __post_init__(self) -> None:
        size = len(self.columns)
        object.__setattr__(self, "cells", (np.arange(size)[:, np.newaxis] * size + self.columns).ravel())
        whole = np.zeros(size * size) if size <= SMALL else None
        if whole is not None:
            whole[self.cells] = self.weights.ravel()
        object.__setattr__(self, "whole", whole)

    def scores(self, owned: Counts, *amounts: Vector) -> list[Vector]:
        """Per feature, what the owned ones say for it together, each as loudly as its amount; for several amounts."""
        scores = self.scores_of_all(owned, np.zeros(len(owned), np.int64), 1, *amounts)
        return [of_user for (of_user,) in scores]

    def scores_of_all(self, owned: Counts, users: Counts, size: int, *amounts: Vector) -> list[Vector]:
        """[user, feature]: the same for `size` users at once, of whom `users` have what is owned.

        The bits are those that each user gets alone: what is said is added up in the order of what they own.
        """
        cells, weights = self._cells_of(owned, users), self.weights[owned]
        return [
            np.bincount(cells, (weights * amount[:, np.newaxis]).ravel(), size * len(self.columns))
            .astype(np.float64, copy=False)
            .reshape(size, len(self.columns))
            for amount in amounts
        ]

    def loudest_of_all(self, owned: Counts, users: Counts, size: int) -> Vector:
        """[user, feature]: the most that one of the owned says for it."""
        most = np.zeros(size * len(self.columns), np.float32)
        # Ten times as fast with these types as with those that it would have to convert.
        np.maximum.at(most, self._cells_of(owned, users), self.weights[owned].ravel())
        return most.astype(np.float64).reshape(size, len(self.columns))

    def between(self, owned: Counts, features: Counts) -> Vector:
        """What each of the owned says for the feature in the same place."""
        if not len(self.cells):
            return np.zeros(len(owned))
        wanted = owned * len(self.columns) + features
        if self.whole is not None:
            return np.asarray(self.whole[wanted], np.float64)
        found = np.minimum(np.searchsorted(self.cells, wanted), len(self.cells) - 1)
        return np.where(self.cells[found] == wanted, self.weights.ravel()[found], 0).astype(np.float64)

    def _cells_of(self, owned: Counts, users: Counts) -> NDArray[np.intp]:
        return (self.columns[owned] + (users * len(self.columns))[:, np.newaxis]).ravel()


def users_of_both(users: Counts, features: Counts, amounts: Vector, width: int) -> Vector:
    """[feature, feature]: the sum over users of the products of their amounts (of 1: the number of users)."""
    _, rows = np.unique(users, return_inverse=True)
    having = csr_array((amounts, (rows, features)), shape=(int(rows.max(initial=-1)) + 1, width))
    both: Vector = (having.T @ having).toarray()
    return both


def ease(both: Vector, ridge: float) -> Vector:
    """The linear model that best tells each feature from all others: W = -P / diag(P), P = (G + ridge I)^-1.

    Its diagonal is 0. H. Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019. `ridge` > 0.
    """
    factor, _ = dpotrf(both + ridge * np.eye(len(both)), lower=True)
    lower, _ = dpotri(factor, lower=True)
    inverse = np.tril(lower) + np.tril(lower, -1).T
    weights: Vector = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return weights


def cosine(both: Vector, shrinkage: float) -> Vector:
    """n(a, b) / (sqrt(n(a) n(b)) + shrinkage): the likeness of two features, rare pairs being believed less."""
    alone = np.diag(both)
    return _off_diagonal(both / (np.sqrt(np.outer(alone, alone)) + shrinkage))


def conditional(both: Vector, shrinkage: float) -> Vector:
    """n(a, b) / (n(a) + shrinkage): the share of the users of a row's feature who use a column's, rare ones less."""
    return _off_diagonal(both / (np.diag(both)[:, np.newaxis] + shrinkage))


def _off_diagonal(weights: Vector) -> Vector:
    np.fill_diagonal(weights, 0)
    return weights


def nearest(weights: Vector, most: int = NEIGHBOURS) -> Neighbours:
    """The largest weights of each row, whatever their sign; among equals those of the first columns."""
    size = len(weights)
    kept = min(most, size - 1)
    outside = np.abs(weights)
    np.fill_diagonal(outside, -1)
    columns = np.sort(np.argsort(-outside, axis=1, kind="stable")[:, :kept], axis=1)
    return Neighbours(columns.astype(np.intp), np.take_along_axis(weights, columns, 1).astype(np.float32))
