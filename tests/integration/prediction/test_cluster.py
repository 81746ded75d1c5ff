"""Does a cluster of two workers boost trees as good as those of this machine, and say so when it cannot?"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np
import pytest
import xgboost

from prediction import cluster as clusters
from prediction.boosting import Examples, LocalBoosting, Recipe
from prediction.cluster import ClusterBoosting, ClusterRefused
from prediction.evaluation.metrics import log_loss

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = 3_000
RECIPE = Recipe(60, {"objective": "binary:logistic", "max_depth": 3, "eta": 0.1, "tree_method": "hist"}, patience=10)
RANKING = Recipe(15, {"objective": "rank:ndcg", "max_depth": 3, "eta": 0.1})


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The scheduler of two workers, each a process of its own."""
    with import_module("distributed").LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, worker_dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address


def examples(seed: int, groups: int | None = None) -> Examples:
    generator = np.random.default_rng(seed)
    values = generator.normal(size=(ROWS, 5)).astype(np.float32)
    labels = (values[:, 0] + generator.normal(size=ROWS) > 0).astype(np.float64)
    return Examples(values, labels, groups=None if groups is None else np.full(groups, ROWS // groups))


def loss(booster: xgboost.Booster, validation: Examples) -> float:
    predicted = booster.predict(xgboost.DMatrix(validation.values)).astype(np.float64)
    found = log_loss(validation.labels, predicted)
    assert found is not None
    return found


def test_the_trees_are_as_good_as_local_ones_and_the_same_every_time(address: str) -> None:
    training, validation = examples(1), examples(2)
    boosted = [ClusterBoosting(address, seed=3).boost(RECIPE, training, validation) for _ in range(2)]
    local = LocalBoosting(seed=3).boost(RECIPE, training, validation)

    assert loss(boosted[0], validation) == pytest.approx(loss(local, validation), abs=0.005)
    assert loss(boosted[0], validation) < 0.6
    assert boosted[0].num_boosted_rounds() < RECIPE.rounds or local.num_boosted_rounds() == RECIPE.rounds
    assert boosted[0].save_raw("ubj") == boosted[1].save_raw("ubj")


def test_rankings_are_learnt_from_whole_groups(address: str) -> None:
    training = examples(1, groups=100)
    ranked = ClusterBoosting(address).boost(RANKING, training).predict(xgboost.DMatrix(training.values))
    local = LocalBoosting().boost(RANKING, training).predict(xgboost.DMatrix(training.values))

    assert np.corrcoef(ranked, local)[0, 1] > 0.95


@pytest.mark.parametrize(("groups", "workers"), [(None, 2), (3, 2), (1, 4), (100, 7), (5, 5)])
def test_every_worker_gets_about_as_much_and_no_group_is_split(groups: int | None, workers: int) -> None:
    chunks = clusters._chunks(examples(1, groups), workers)
    assert sum(chunks) == ROWS
    assert len(chunks) <= workers
    of_a_group = 1 if groups is None else ROWS // groups
    assert all(size > 0 and size % of_a_group == 0 for size in chunks)


def test_where_nobody_schedules_training_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "CONNECT_SECONDS", 0.2)
    with pytest.raises(ClusterRefused, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:1 "):
        ClusterBoosting("tcp://127.0.0.1:1").boost(RECIPE, examples(1))


def test_without_dask_training_on_a_cluster_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterRefused, match="install `attune\\[cluster\\]`"):
        ClusterBoosting("tcp://127.0.0.1:1").boost(RECIPE, examples(1))
