"""How are trees boosted on a Dask cluster, behind the same call as on this machine?"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    import xgboost

    from prediction.boosting import Examples, Recipe

CONNECT_SECONDS = 10
THREADS_PER_WORKER = 1

# Dask is imported by name where it is used: it comes with the extra `cluster` only, and says nothing of its types.


class ClusterRefused(Exception):
    """There is no such cluster, or nothing here to speak to it with: one line that says why."""


@dataclass(frozen=True, slots=True)
class ClusterBoosting:
    """Boosts on the workers of the scheduler at `address`.

    As good as `LocalBoosting`, but not the same trees: workers find the bins of their own rows and then agree. The same
    trees again from equal data, seed and number of workers. Raises `ClusterRefused`.
    """

    address: str
    seed: int = 0

    def check(self) -> None:
        """Raises `ClusterRefused` unless there are workers to boost on."""
        with _connected(self.address) as client:
            self._workers(client)

    def boost(self, recipe: Recipe, training: Examples, validation: Examples | None = None) -> xgboost.Booster:
        """The trees up to the best round on `validation`; all rounds without it."""
        with _connected(self.address) as client:
            return self._boosted(client, recipe, training, validation)

    def _workers(self, client: Any) -> int:
        workers = len(client.scheduler_info(n_workers=-1)["workers"])
        if workers == 0:
            raise ClusterRefused(f"the scheduler at {self.address} has no workers")
        return workers

    def _boosted(self, client: Any, recipe: Recipe, training: Examples, validation: Examples | None) -> xgboost.Booster:
        on_cluster = import_module("xgboost.dask")
        workers = self._workers(client)
        evaluated = [] if validation is None else [(_spread(client, validation, workers), "validation")]
        patience = recipe.patience if evaluated else None
        trained = on_cluster.train(
            client,
            {**recipe.parameters, "seed": self.seed, "nthread": THREADS_PER_WORKER, "verbosity": 0},
            _spread(client, training, workers),
            num_boost_round=recipe.rounds,
            evals=evaluated,
            early_stopping_rounds=patience,
            verbose_eval=False,
        )
        booster: xgboost.Booster = trained["booster"]
        return booster if patience is None else booster[: booster.best_iteration + 1]


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    try:
        distributed = import_module("distributed")
    except ImportError:
        raise ClusterRefused("training on a cluster needs Dask: install `attune[cluster]`") from None
    try:
        client = distributed.Client(address, timeout=CONNECT_SECONDS)
    except (OSError, ValueError, TimeoutError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise ClusterRefused(f"no Dask scheduler answers at {address} ({reason})") from None
    try:
        yield client
    finally:
        client.close()


def _spread(client: Any, examples: Examples, workers: int) -> Any:
    """The examples as about equal chunks of consecutive rows, one for each worker; groups are never split."""
    array, on_cluster = import_module("dask.array"), import_module("xgboost.dask")
    chunks = _chunks(examples, workers)
    of_groups = None if examples.groups is None else np.repeat(np.arange(len(examples.groups)), examples.groups)

    def chunked(values: Any) -> Any:
        return None if values is None else array.from_array(values, chunks=(chunks, *values.shape[1:]))

    return on_cluster.DaskDMatrix(
        client,
        chunked(examples.values),
        chunked(examples.labels),
        weight=chunked(examples.weights),
        qid=chunked(of_groups),
    )


def _chunks(examples: Examples, workers: int) -> tuple[int, ...]:
    """The sizes of the chunks."""
    groups = np.ones(len(examples.values), dtype=np.int64) if examples.groups is None else examples.groups
    ends = np.cumsum(groups)
    wanted = np.ceil(np.arange(1, workers + 1) * len(examples.values) / workers)
    cuts = np.unique(ends[np.searchsorted(ends, wanted)])
    return tuple(int(size) for size in np.diff(cuts, prepend=0))
