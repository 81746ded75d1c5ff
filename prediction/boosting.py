"""How are trees boosted, on this machine or on a cluster, so that equal data and seed give equal trees?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import xgboost

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prediction.matrices import Counts, Matrix, Vector


@dataclass(frozen=True, slots=True)
class Examples:
    """Signals with what came of them. `groups`: the sizes of consecutive groups, when the task is to rank."""

    values: Matrix
    labels: Vector
    weights: Vector | None = None
    groups: Counts | None = None


@dataclass(frozen=True, slots=True)
class Recipe:
    """XGBoost's parameters; `patience`: rounds without gain on the validation examples after which to stop."""

    rounds: int
    parameters: Mapping[str, Any] = field(default_factory=dict)
    patience: int | None = None


class Boosting(Protocol):
    def boost(self, recipe: Recipe, training: Examples, validation: Examples | None = None) -> xgboost.Booster:
        """The trees up to the best round on `validation`; all rounds without it."""
        ...


@dataclass(frozen=True, slots=True)
class LocalBoosting:
    """Boosts in this process. One thread by default: sums over several come out in no fixed order."""

    seed: int = 0
    threads: int = 1

    def boost(self, recipe: Recipe, training: Examples, validation: Examples | None = None) -> xgboost.Booster:
        """The trees up to the best round on `validation`; all rounds without it."""
        evaluated = [] if validation is None else [(_matrix(validation, self.threads), "validation")]
        booster = xgboost.train(
            {**recipe.parameters, "seed": self.seed, "nthread": self.threads, "verbosity": 0},
            _matrix(training, self.threads),
            num_boost_round=recipe.rounds,
            evals=evaluated,
            early_stopping_rounds=recipe.patience if evaluated else None,
            verbose_eval=False,
        )
        return _cut(booster) if evaluated and recipe.patience is not None else booster


def booster_to_bytes(booster: xgboost.Booster) -> bytes:
    """UBJSON (https://ubjson.org), the same for equal trees."""
    return bytes(booster.save_raw("ubj"))


def booster_from_bytes(ubjson: bytes, columns: int | None = None) -> xgboost.Booster:
    """The booster that was written, of so many columns, for one thread. Raises `ValueError` for anything else."""
    # XGBoost reads on past the end of what was cut off, and takes the process with it.
    if not (ubjson.startswith(b"{") and ubjson.endswith(b"}")):
        raise ValueError("the trees are cut off")
    booster = xgboost.Booster({"nthread": 1})
    booster.load_model(bytearray(ubjson))
    if columns not in {None, booster.num_features()}:
        raise ValueError(f"the trees read {booster.num_features()} columns instead of {columns}")
    return booster


def _matrix(examples: Examples, threads: int) -> xgboost.DMatrix:
    matrix = xgboost.DMatrix(examples.values, label=examples.labels, weight=examples.weights, nthread=threads)
    if examples.groups is not None:
        matrix.set_group(examples.groups)
    return matrix


def _cut(booster: xgboost.Booster) -> xgboost.Booster:
    """Without the rounds after the best: they are not worth their bytes."""
    return booster[: booster.best_iteration + 1]
