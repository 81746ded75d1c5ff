"""Logs of made-up people who take up features over time, from a seed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from domain.model.interactions import RecordedInteraction
from domain.model.users import UserId
from prediction.training.logs import UserLog
from prediction.training.plans import Plan, every
from tests.builders.interactions import feature_use

if TYPE_CHECKING:
    from collections.abc import Iterable

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)

TEAMS = ("design", "sales", "support")
FEATURES_OF_TEAM = 12

PLAN = Plan(
    horizon_days=30,
    active_days=60,
    training=every(15, START + 60 * DAY, START + 105 * DAY),
    test=every(15, START + 135 * DAY, START + 150 * DAY),
)


def log_of(user: str, uses: Iterable[tuple[str, float]]) -> UserLog:
    """A user who used features, each so many days after the start, and whose client sent them at once."""
    recorded = []
    for number, (feature, day) in enumerate(sorted(uses, key=lambda use: use[1])):
        at = START + day * DAY
        recorded.append(RecordedInteraction(number, feature_use(feature, at, user_id=UserId(user)), at))
    return UserLog(UserId(user), recorded)


def teams(users: int = 240, seed: int = 5, loyalty: float = 0.9) -> list[UserLog]:
    """People use, one after another over 180 days, features of their team, or (1 - `loyalty`) of any."""
    generator = np.random.default_rng(seed)
    return [log_of(f"user-{number}", _uses_of(number, loyalty, generator)) for number in range(users)]


def _uses_of(number: int, loyalty: float, generator: np.random.Generator) -> list[tuple[str, float]]:
    uses = []
    for day in np.sort(generator.uniform(0, 180, 24)):
        own = generator.random() < loyalty
        team = TEAMS[number % len(TEAMS) if own else int(generator.integers(len(TEAMS)))]
        uses.append((f"{team}-{int(generator.integers(FEATURES_OF_TEAM))}", float(day)))
    return uses
