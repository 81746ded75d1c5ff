"""The 2,357 customers on whom the models of buying were published."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from prediction.lifetime_value.purchases import Purchases

if TYPE_CHECKING:
    from prediction.matrices import Vector

_FILE = Path(__file__).parents[2] / "specifications" / "cdnow_customers.json"


@dataclass(frozen=True, slots=True)
class Cdnow:
    """`repeat_amount`: the mean amount of purchases after the first, as published."""

    purchases: Purchases
    repeat_amount: Vector
    bought_later: Vector


@cache
def cdnow() -> Cdnow:
    rows = np.array(json.loads(_FILE.read_text())["rows"], dtype=np.float64)
    repeats, recency_days, age_days, cents, bought_later, customers = rows.T
    amount = cents / 100 / np.maximum(repeats, 1)
    each = np.repeat(np.arange(len(rows)), customers.astype(np.int64))
    everyone = Purchases(repeats + 1, recency_days / 7, age_days / 7, amount)
    return Cdnow(everyone.of(each), amount[each], bought_later[each])
