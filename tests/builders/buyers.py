"""Users who buy as the models of buying assume, by a seeded generator, and their logs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from domain.model.interactions import InteractionKey, RecordedInteraction
from domain.model.users import UserId
from prediction.lifetime_value.purchases import Purchases
from prediction.training.logs import UserLog
from prediction.training.plans import Plan, every
from tests.builders.interactions import conversion, interaction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.model.interactions import Interaction

BEGINNING = datetime(2025, 1, 1, tzinfo=UTC)
DAYS = 420

PLAN = Plan(
    horizon_days=90,
    active_days=180,
    training=every(30, BEGINNING + timedelta(days=90), BEGINNING + timedelta(days=240)),
    test=(BEGINNING + timedelta(days=330),),
)


def buyers(**columns: Sequence[float]) -> Purchases:
    """Columns of equal length, of which a test gives those that it is about."""
    size = max(map(len, columns.values()))
    valid = {"counted": [1.0], "recency_weeks": [0.0], "age_weeks": [20.0], "amount": [10.0]} | columns
    return Purchases(**{name: np.resize(np.array(column, dtype=np.float64), size) for name, column in valid.items()})


def log_of(user: str, interactions: Sequence[Interaction]) -> UserLog:
    """Received as they happened."""
    own = [replace(one, user_id=UserId(user), key=InteractionKey(str(place))) for place, one in enumerate(interactions)]
    return UserLog(UserId(user), [RecordedInteraction(place, one, one.occurred_at) for place, one in enumerate(own)])


def generated_logs(users: int, *, seed: int = 1, amount: float | None = None, repeats: bool = True) -> list[UserLog]:
    """Everybody buys first in the first 60 days; `amount`: the same for every purchase."""
    generator = np.random.default_rng(seed)
    return [_generated_log(f"user-{number}", generator, amount, repeats=repeats) for number in range(users)]


def visitors(users: int) -> list[UserLog]:
    """They come once a month, and buy nothing."""
    months = [BEGINNING + timedelta(days=days, hours=3) for days in range(5, DAYS, 30)]
    return [log_of(f"visitor-{number}", [interaction(at) for at in months]) for number in range(users)]


def _generated_log(user: str, generator: np.random.Generator, amount: float | None, *, repeats: bool) -> UserLog:
    a_week, leaving = generator.gamma(1.0, 1 / 4.0), generator.beta(1.0, 6.0)
    usual = 2.0 / generator.gamma(4.0, 1 / 15.0) * 10
    day, bought = float(generator.integers(0, 60)), []
    while day < DAYS:
        value = amount if amount is not None else round(float(generator.gamma(4.0, usual / 4.0)), 2)
        bought.append(conversion(BEGINNING + timedelta(days=day), value=value))
        if not repeats or (len(bought) > 1 and generator.random() < leaving):
            break
        day += 1 + float(generator.exponential(7 / a_week))
    return log_of(user, bought)
