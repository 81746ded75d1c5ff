"""How often rules were delivered, day by day: counted with what is recorded of the users who got them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.ports.rollups import RollUpKey
from domain.rules.instants import DAY_US, microseconds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.ports.assignments import Application
    from domain.ports.rollups import Sums

APPLIED_MEASURE = "applied"
"""Sums of one number, by day of delivery and rule. Of no single user's: erasing takes nothing back, and rebuilding
leaves them alone, as nothing else tells how often somebody got something on which day."""


def deliveries(applications: Iterable[Application]) -> dict[RollUpKey, Sums]:
    totals: dict[RollUpKey, Sums] = {}
    for one in applications:
        day = microseconds(one.last_at) // DAY_US
        key = RollUpKey(APPLIED_MEASURE, day, subject=one.applied.rule_id)
        (before,) = totals.get(key, (0,))
        totals[key] = (before + one.times,)
    return totals
