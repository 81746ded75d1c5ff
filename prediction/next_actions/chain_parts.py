"""How is a chain written down?"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from prediction.next_actions.chains import ORDERS, Chain, Successions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

POPULARITY = "popularity.npy"
COLUMNS = {"contexts": np.int64, "starts": np.int32, "successors": np.int32, "counts": np.int32}
"""As they are written down: only contexts, which stand for several actions, are large numbers."""


def chain_parts(chain: Chain) -> dict[str, bytes]:
    """Arrays by file name."""
    parts = {POPULARITY: _bytes(chain.popularity)}
    for order, successions in enumerate(chain.orders, start=1):
        columns = {column: getattr(successions, column).astype(kind) for column, kind in COLUMNS.items()}
        parts.update({_name(order, column): _bytes(array) for column, array in columns.items()})
    return parts


def chain_of_parts(parts: Mapping[str, bytes]) -> Chain:
    """Raises `KeyError` for a part that is missing, `ValueError` for one that is damaged."""
    orders = tuple(
        Successions(*(_array(parts[_name(order, column)]).astype(np.int64) for column in COLUMNS))
        for order in range(1, ORDERS + 1)
    )
    chain = Chain(_array(parts[POPULARITY]), orders)
    _check(chain)
    return chain


def _check(chain: Chain) -> None:
    """Whatever would make looking up fail later fails now."""
    if chain.popularity.ndim != 1 or not np.all(chain.popularity > 0) or not np.isfinite(chain.popularity.sum()):
        raise ValueError("the chain's popularities are no probabilities")
    for order in chain.orders:
        lengths = np.diff(order.starts)
        fits = (
            len(order.starts) == len(order.contexts) + 1
            and len(order.successors) == len(order.counts) == order.starts[-1]
            and order.starts[0] == 0
            and np.all(lengths > 0)
            and np.all(order.counts > 0)
            and np.all((order.successors >= 0) & (order.successors <= chain.known))
            and np.all(np.diff(order.contexts) > 0)
        )
        if not fits:
            raise ValueError("the chain's successions do not fit together")


def _name(order: int, column: str) -> str:
    return f"order_{order}_{column}.npy"


def _bytes(array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _array(content: bytes) -> NDArray[Any]:
    array: NDArray[Any] = np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
    return array
