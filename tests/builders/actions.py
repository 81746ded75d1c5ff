"""Logs of users whose habits are known, drawn from a seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from domain.model.interactions import RecordedInteraction
from domain.model.users import UserId
from prediction.training.logs import UserLog
from tests.builders.interactions import HOUR, MINUTE, MONDAY, feature_use

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from domain.model.interactions import Interaction

FEATURES = ("chart", "export", "filter", "search", "share", "sort")


def log_of(user: str, interactions: Sequence[Interaction]) -> UserLog:
    recorded = [RecordedInteraction(place, each, each.occurred_at) for place, each in enumerate(interactions)]
    return UserLog(UserId(user), recorded)


def uses(features: Sequence[str], first: datetime = MONDAY, apart: timedelta = MINUTE) -> list[Interaction]:
    """One after another."""
    return [feature_use(name, first + place * apart) for place, name in enumerate(features)]


def habitual_logs(users: int = 60, steps: int = 60, seed: int = 1) -> list[UserLog]:
    """Everybody goes round a cycle of three features of their own, and one time in ten does something else.

    A step takes an hour, and every tenth user comes when the others have done most of theirs.
    """
    generator = np.random.default_rng(seed)
    logs = []
    for user in range(users):
        cycle = generator.permutation(len(FEATURES))[:3]
        strays = generator.integers(0, len(FEATURES), steps)
        codes = np.where(generator.random(steps) < 0.1, strays, cycle[np.arange(steps) % 3])
        first = MONDAY + user * MINUTE + (steps * 11 // 12 * HOUR if user % 10 == 9 else 0 * HOUR)
        logs.append(log_of(f"user-{user}", uses([FEATURES[code] for code in codes], first, HOUR)))
    return logs


def aimless_logs(users: int = 60, steps: int = 60, seed: int = 1) -> list[UserLog]:
    """Nothing follows from anything."""
    generator = np.random.default_rng(seed)
    return [
        log_of(f"user-{user}", uses([FEATURES[code] for code in generator.integers(0, len(FEATURES), steps)]))
        for user in range(users)
    ]
