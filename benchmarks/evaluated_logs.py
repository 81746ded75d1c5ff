"""Which logs are models measured on, how are they read, and what is to be reached?"""

from __future__ import annotations

import csv
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
    """At least so much of a metric, or at most."""

    bound: float
    at_most: bool = False

    def is_reached_by(self, value: float) -> bool:
        return value <= self.bound if self.at_most else value >= self.bound

    def __str__(self) -> str:
        return f"{'<=' if self.at_most else '>='} {self.bound:g}"


def at_least(bound: float) -> Aim:
    return Aim(bound)


def at_most(bound: float) -> Aim:
    return Aim(bound, at_most=True)


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
ABB_SPLIT = "--horizon-days 14 --active-days 28 --train-cutoffs 2014-02-01..2014-06-01/14 --test-cutoffs 2014-07-01"


def _churn(area: float, loss: float) -> Mapping[str, Aim]:
    return {"AUC": at_least(area), "log loss": at_most(loss), "calibration error": at_most(0.05)}


def _calibrated(loss: float, error: float) -> Mapping[str, Aim]:
    return {"log loss": at_most(loss), "calibration error": at_most(error)}


ROWS = (
    Row("oss_contributions_a", "churn", f"{OSS} {OSS_SPLIT}", {"AUC": at_least(0.845), "log loss": at_most(0.397)}),
    Row(
        "college_messages", "churn", f"{COLLEGE} {COLLEGE_SPLIT}", {"AUC": at_least(0.766), "log loss": at_most(0.574)}
    ),
    Row(
        "online_retail_2011",
        "churn",
        f"{RETAIL_ORDERS} {RETAIL_SPLIT}",
        {"AUC": at_least(0.744), "log loss": at_most(0.577)},
    ),
    Row("cdnow", "churn", f"{CDNOW} {CDNOW_SPLIT}", {"AUC": at_least(0.715), "log loss": at_most(0.595)}),
    Row("cdnow", "ltv", f"{CDNOW} {CDNOW_SPLIT}", {"Spearman": at_least(0.394)}),
    Row("online_retail_2011", "ltv", f"{RETAIL_ORDERS} {RETAIL_SPLIT}", {"Spearman": at_least(0.548)}),
    Row("abb_ide_usage", "next", ABB, {"hit@1": at_least(0.448), "MRR@20": at_least(0.616)}),
    Row("oss_contributions_a", "next", f"{OSS} --merge largest", {"hit@1": at_least(0.407), "MRR@20": at_least(0.552)}),
    Row("msweb", "recommend", MSWEB, {"nDCG@10": at_least(0.554)}, file="visits.csv.gz"),
    Row("online_retail_2011", "recommend", f"{RETAIL_ITEMS} {RETAIL_SPLIT}", {"nDCG@10": at_least(0.134)}),
    Row("oss_contributions_a", "recommend", f"{OSS} {OSS_SPLIT}", {"nDCG@10": at_least(0.458)}),
    Row(
        "oss_contributions_a",
        "segments",
        f"{OSS} {OSS_SPLIT}",
        {"log loss": at_most(0.6), "calibration error": at_most(0.03)},
    ),
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
