"""Which logs are models measured on, how are they read, and what is to be reached?"""

from __future__ import annotations

import csv
import math
import shlex
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DATA = Path("../shared/data")
"""Seen from the root of the repository."""


@dataclass(frozen=True, slots=True)
class Aim:
    """Between which bounds a metric is to lie."""

    low: float = -math.inf
    high: float = math.inf

    def is_reached_by(self, value: float) -> bool:
        """To the three digits in which aims are stated."""
        return self.low <= round(value, 3) <= self.high

    def __str__(self) -> str:
        if self.high == math.inf:
            return f">= {self.low:g}"
        return f"<= {self.high:g}" if self.low == -math.inf else f"{self.low:g} to {self.high:g}"


def at_least(bound: float) -> Aim:
    return Aim(low=bound)


def at_most(bound: float) -> Aim:
    return Aim(high=bound)


@dataclass(frozen=True, slots=True)
class Row:
    """One task on one log. `aims`: by the name of the metric."""

    log: str
    task: str
    options: str
    aims: Mapping[str, Aim] = field(default_factory=dict)
    file: str = "events.csv.gz"

    @property
    def path(self) -> Path:
        return DATA / self.log / self.file

    @property
    def arguments(self) -> list[str]:
        return ["evaluate", str(self.path), "--task", self.task, *shlex.split(self.options)]

    @property
    def command(self) -> str:
        return f"attune evaluate {self.path} --task {self.task} {self.options}"


OSS = "--map user=user_id,time=unix_ts,target=event,offset=tz_offset_min,value=files --kind FEATURE_USE"
OSS_SPLIT = (
    "--horizon-days 180 --active-days 180 "
    "--train-cutoffs 2008-01-01..2020-07-01/91 --test-cutoffs 2021-01-01..2025-07-01/182"
)
COLLEGE = "--map user=user_id,time=unix_ts,target=recipient_id --kind CLICK"
COLLEGE_SPLIT = (
    "--horizon-days 14 --active-days 14 "
    "--train-cutoffs 2004-05-05..2004-07-20/5 --test-cutoffs 2004-08-03..2004-10-01/14"
)
RETAIL_VALUE = "--value 'quantity*unit_price' --positive"
RETAIL_ORDERS = f"--map user=user_id,time=timestamp {RETAIL_VALUE} --merge sum"
RETAIL_ITEMS = f"--map user=user_id,time=timestamp,target=item_id --kind FEATURE_USE {RETAIL_VALUE}"
RETAIL_SPLIT = "--horizon-days 90 --active-days 180 --train-cutoffs 2011-03-01..2011-06-11/14 --test-cutoffs 2011-09-10"
CDNOW = "--map user=user_id,time=date,value=value --kind CONVERSION"
CDNOW_SPLIT = (
    "--horizon-days 91 --active-days 182 --train-cutoffs 1997-05-01..1997-10-01/30 --test-cutoffs 1997-12-31,1998-03-31"
)
ABB = "--map user=user_id,time=unix_ts,target=event_id --kind FEATURE_USE"
MSWEB = "--map user=user_id,target=item_id --kind FEATURE_USE"


def _churn(area: float, loss: float) -> Mapping[str, Aim]:
    return {"AUC": at_least(area), "log loss": at_most(loss), "calibration error": at_most(0.05)}


def _next(known: tuple[float, float], new: tuple[float, float]) -> Mapping[str, Aim]:
    aims = zip(("known users", "new users"), (known, new), strict=True)
    return {
        f"{metric}, {users}": at_least(bound)
        for users, bounds in aims
        for metric, bound in zip(("hit@1", "MRR@20"), bounds, strict=True)
    }


def _value(order: float, error: float) -> Mapping[str, Aim]:
    """The error: 3 % above the best unbiased one of the references."""
    return {"Spearman": at_least(order), "MAE": at_most(error), "interval coverage": Aim(0.76, 0.84)}


def _calibrated(loss: float, error: float) -> Mapping[str, Aim]:
    return {"log loss": at_most(loss), "calibration error": at_most(error)}


ROWS = (
    Row("oss_contributions_a", "churn", f"{OSS} {OSS_SPLIT}", _churn(0.845, 0.397)),
    Row("college_messages", "churn", f"{COLLEGE} {COLLEGE_SPLIT}", _churn(0.766, 0.574)),
    Row("online_retail_2011", "churn", f"{RETAIL_ORDERS} {RETAIL_SPLIT}", _churn(0.744, 0.577)),
    Row("cdnow", "churn", f"{CDNOW} {CDNOW_SPLIT}", _churn(0.715, 0.595)),
    Row("cdnow", "ltv", f"{CDNOW} {CDNOW_SPLIT}", _value(0.394, 31.9)),
    Row("online_retail_2011", "ltv", f"{RETAIL_ORDERS} {RETAIL_SPLIT}", _value(0.548, 661)),
    Row("abb_ide_usage", "next", ABB, _next((0.448, 0.616), (0.415, 0.585))),
    Row("oss_contributions_a", "next", f"{OSS} --merge largest", _next((0.407, 0.552), (0.421, 0.562))),
    Row("msweb", "recommend", MSWEB, {"nDCG@10": at_least(0.554)}, file="visits.csv.gz"),
    Row("online_retail_2011", "recommend", f"{RETAIL_ITEMS} {RETAIL_SPLIT}", {"nDCG@10": at_least(0.134)}),
    Row("oss_contributions_a", "recommend", f"{OSS} {OSS_SPLIT}", {"nDCG@10": at_least(0.458)}),
    Row("oss_contributions_a", "segments", f"{OSS} {OSS_SPLIT}", _calibrated(0.6, 0.03)),
)


def generated(path: Path, users: int = 600, seed: int = 7) -> None:
    """Write a log of a year in which people come at their own pace, use what they are used to, buy, and leave."""
    chance = Random(seed)  # noqa: S311 - nothing secret is drawn
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("user", "time", "target", "value"))
        for user in range(users):
            writer.writerows(_life(user, chance))


def _life(user: int, chance: Random) -> Iterator[tuple[str, str, str, str]]:
    """A user's events: a pace, a share of buying and a favourite region of 30 features, until they leave."""
    pace, buys = chance.lognormvariate(0.7, 0.8), chance.betavariate(1, 5)
    day, leaves = chance.uniform(0, 300), chance.expovariate(1 / 120)
    ends, home = min(365.0, day + leaves), chance.randrange(30)
    price = chance.lognormvariate(3, 0.5)
    at_feature = home
    while day < ends:
        at_feature = (at_feature + 1) % 30 if chance.random() < 0.6 else round(chance.gauss(home, 4)) % 30
        instant = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=day)
        value = f"{price * chance.lognormvariate(0, 0.4):.2f}" if chance.random() < buys else ""
        yield f"u{user}", instant.isoformat(timespec="seconds"), f"feature-{at_feature:02}", value
        day += chance.expovariate(1 / pace) if chance.random() < 0.4 else chance.expovariate(1 / 0.003)
