"""Why is a user's risk what it is, in words that a product manager reads?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from domain.model.insights import Factor
from prediction.signals.catalogue import PLACES, SIGNALS, Family
from prediction.signals.words import counted, number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from prediction.churn.risks import ChurnModel
    from prediction.matrices import Matrix

NEGLIGIBLE = 0.005
"""Contributions below this move a risk by an eighth of a percent at most: they are left out."""

STEEPEST = 4.0
"""The logarithm of more than any two numbers of days within a month can differ by."""

_FAMILIES: Mapping[Family, tuple[int, ...]] = {
    family: tuple(place for place, signal in enumerate(SIGNALS) if signal.family is family) for family in Family
}


class Said(NamedTuple):
    """The figure, and the sentence that holds it."""

    value: str
    text: str


class Row:
    """One user's signals by name."""

    def __init__(self, values: Matrix) -> None:
        self._values = values

    def __getitem__(self, name: str) -> float:
        return float(self._values[PLACES[name]])


def factors(model: ChurnModel, values: Matrix) -> Sequence[Sequence[Factor]]:
    """For each row of signals the families that raise (above 0) or lower the risk's margin, the weightiest first."""
    added, _ = model.contributions(values)
    sums = {family: added[:, places].sum(axis=1).tolist() for family, places in _FAMILIES.items()}
    return [
        _told(Row(row), {family: contributions[number_] for family, contributions in sums.items()})
        for number_, row in enumerate(values)
    ]


def _told(row: Row, contributions: Mapping[Family, float]) -> Sequence[Factor]:
    ordered = sorted(contributions.items(), key=lambda item: (-abs(item[1]), item[0]))
    told = []
    for family, contribution in ordered:
        if abs(contribution) >= NEGLIGIBLE:
            said = _SAYINGS[family](row)
            told.append(Factor(family.value, contribution, said.value, said.text))
    return told


def _recency(row: Row) -> Said:
    days = row["days_since_last"]
    away = counted(days, "day")
    if days < 1:
        return Said(away, "was here within the last day")
    if row["active_days"] > 1:
        return Said(away, f"no visit for {away}, usually every {counted(max(row['usual_gap'], 1), 'day', one='')}")
    return Said(away, f"no visit for {away}, and only one day of visits before")


def _frequency(row: Row) -> Said:
    days = counted(row["active_days"], "active day")
    return Said(days, f"{days} and {counted(row['interactions'], 'interaction')} so far")


def _recent_activity(row: Row) -> Said:
    if row["active_days_90d"] == 0:  # 0 and 0 would not say what speaks for who was here often before
        return Said("0 active days", f"0 active days in the last 90, {number(row['active_days_365d'])} in the last 365")
    days = counted(row["active_days_30d"], "active day")
    return Said(days, f"{days} in the last 30, {number(row['active_days_90d'])} in the last 90")


def _breadth(row: Row) -> Said:
    if row["features"] > 0:
        value = counted(row["features"], "feature")
        return Said(value, f"{value} used so far, {number(row['features_30d'])} of them in the last 30 days")
    value = counted(row["targets_90d"], "target")
    return Said(value, f"{value} in the last 90 days")


def _rhythm(row: Row) -> Said:
    gap = counted(max(row["usual_gap"], 1), "day")
    if row["active_days"] <= 1:
        return Said("1 active day", "came on a single day, so there is no rhythm yet")
    return Said(gap, f"usually {gap} between visits, away for {counted(row['days_since_last'], 'day')} now")


def _trend(row: Row) -> Said:
    now = row["active_days_30d"]
    before = max(0.0, (now + 1) / math.exp(min(max(row["active_days_trend_30d"], -STEEPEST), STEEPEST)) - 1)
    value = f"{number(now)} after {number(before)}"
    return Said(value, f"{counted(now, 'active day')} in the last 30, {number(before)} in the 30 before")


def _tenure(row: Row) -> Said:
    days = counted(row["days_since_first"], "day")
    return Said(days, f"first seen {days} ago")


def _value(row: Row) -> Said:
    value = number(row["value"])
    if row["conversions"] > 0:
        conversions = counted(row["conversions"], "conversion")
        return Said(value, f"{conversions} so far, {value} in value")
    return Said(value, f"no conversion so far, {value} in value" if row["value"] else "no conversion so far")


def _manner(row: Row) -> Said:
    minutes = counted(row["session_minutes"], "minute")
    return Said(minutes, f"sessions of {minutes} on average")


_SAYINGS: Mapping[Family, Callable[[Row], Said]] = {
    Family.RECENCY: _recency,
    Family.FREQUENCY: _frequency,
    Family.RECENT_ACTIVITY: _recent_activity,
    Family.BREADTH: _breadth,
    Family.RHYTHM: _rhythm,
    Family.TREND: _trend,
    Family.TENURE: _tenure,
    Family.VALUE: _value,
    Family.MANNER: _manner,
}
