"""Users who come in a rhythm of their own until they leave for good, drawn with a seed."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from domain.model.interactions import Interaction, InteractionKey, InteractionKind, RecordedInteraction
from domain.model.users import UserId
from prediction.training.logs import UserLog
from prediction.training.plans import Plan, every

if TYPE_CHECKING:
    from collections.abc import Iterator

BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
DAYS = 240
HORIZON_DAYS = 21
PLAN = Plan(
    HORIZON_DAYS,
    42,
    training=every(7, BEGIN + timedelta(days=60), BEGIN + timedelta(days=170)),
    test=every(14, BEGIN + timedelta(days=191), BEGIN + timedelta(days=219)),
)
FEATURES = tuple(f"feature {number}" for number in range(12))


def population(users: int, seed: int = 1) -> Iterator[UserLog]:
    """Half of them visit every day or two, half every week or two; each visit may be the last."""
    for number in range(users):
        yield _life(UserId(f"user {number:04}"), random.Random(f"{seed} {number}"))  # noqa: S311 - not for secrets


def _life(user: UserId, chance: random.Random) -> UserLog:
    keen = chance.random() < 0.5
    gap_days, leaves = (1.5, 0.02) if keen else (10.0, 0.1)
    at = BEGIN + timedelta(days=chance.uniform(0, DAYS - 2 * HORIZON_DAYS))
    recorded: list[RecordedInteraction] = []
    while at < BEGIN + timedelta(days=DAYS):
        for _ in range(chance.randint(1, 6 if keen else 2)):
            at += timedelta(minutes=chance.uniform(0, 10))
            recorded.append(_recorded(user, len(recorded) + 1, at, chance))
        if chance.random() < leaves:
            break
        at += timedelta(days=chance.expovariate(1 / gap_days))
    return UserLog(user, recorded)


def _recorded(user: UserId, number: int, at: datetime, chance: random.Random) -> RecordedInteraction:
    buys = chance.random() < 0.1
    made = Interaction(
        InteractionKey(str(number)),
        user,
        InteractionKind.CONVERSION if buys else InteractionKind.FEATURE_USE,
        at,
        target=None if buys else chance.choice(FEATURES),
        value=round(chance.uniform(5, 50), 2) if buys else None,
    )
    return RecordedInteraction(number, made, at)
