"""How are a user's signals kept beside the score that was made from them?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from prediction.signals.catalogue import SIGNALS, SIGNALS_VERSION

if TYPE_CHECKING:
    from prediction.matrices import Matrix

_VERSION_BYTES = 4
_STORED = np.dtype("<f4")


def row_to_bytes(row: Matrix) -> bytes:
    """The version of the signals, then four bytes for each, on every machine alike."""
    return SIGNALS_VERSION.to_bytes(_VERSION_BYTES, "little") + row.astype(_STORED).tobytes()


def row_from_bytes(stored: bytes) -> Matrix | None:
    """The row that `row_to_bytes` wrote; `None` for anything else, signals of another version included."""
    version, values = stored[:_VERSION_BYTES], stored[_VERSION_BYTES:]
    is_ours = len(values) == len(SIGNALS) * _STORED.itemsize
    if not is_ours or int.from_bytes(version, "little") != SIGNALS_VERSION:
        return None
    return np.frombuffer(values, dtype=_STORED).astype(np.float32)
