"""What are numbers called on their way to a model and back?"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Matrix: TypeAlias = NDArray[np.float32]
"""Rows of signals, as models read them."""

Vector: TypeAlias = NDArray[np.float64]

Counts: TypeAlias = NDArray[np.int64]
