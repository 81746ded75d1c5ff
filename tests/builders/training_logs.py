"""Logs as training reads them."""

from __future__ import annotations

from datetime import timedelta

from domain.model.interactions import InteractionKey, RecordedInteraction
from domain.model.users import UserId
from prediction.training.logs import UserLog
from tests.builders.interactions import interaction
from tests.builders.trainers import START


def visits(user: str, *days: float | tuple[float, float]) -> UserLog:
    """One interaction on each day since `START`, received at once, or on the day that stands second in a pair."""
    recorded = []
    for number, day in enumerate(days, 1):
        occurred, received = day if isinstance(day, tuple) else (day, day)
        made = interaction(
            START + timedelta(days=occurred), user_id=UserId(user), key=InteractionKey(f"{user}-{number}")
        )
        recorded.append(RecordedInteraction(number, made, START + timedelta(days=received)))
    return UserLog(UserId(user), tuple(recorded))
