"""How are a user's signals kept beside the score that was made from them?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from prediction.signals.catalogue import SIGNALS, SIGNALS_VERSION

if TYPE_CHECKING:
    from prediction.matrices import Matrix

_VERSION_BYTES = 4
_STORED = np.dtype("<f4")


def rows_to_bytes(rows: Matrix) -> list[bytes]:
    """Of each row the version of the signals, then four bytes for each signal, on every machine alike."""
    version, width = SIGNALS_VERSION.to_bytes(_VERSION_BYTES, "little"), len(SIGNALS) * _STORED.itemsize
    written = rows.astype(_STORED).tobytes()
    return [version + written[start : start + width] for start in range(0, len(written), width)]


def row_from_bytes(stored: bytes) -> Matrix | None:
    """A row that `rows_to_bytes` wrote; `None` for anything else, signals of another version included."""
    version, values = stored[:_VERSION_BYTES], stored[_VERSION_BYTES:]
    is_ours = len(values) == len(SIGNALS) * _STORED.itemsize
    if not is_ours or int.from_bytes(version, "little") != SIGNALS_VERSION:
        return None
    return np.frombuffer(values, dtype=_STORED).astype(np.float32)
