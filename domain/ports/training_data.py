"""What models may be trained on: the logs of users who allow it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime

    from domain.model.interactions import RecordedInteraction
    from domain.ports.predictors import Subject

MAX_TRAINING_USERS = 200_000
"""Of more users, a share drawn by their ids alone is trained on."""

MAX_INTERACTIONS_PER_USER = 20_000
"""Of a user's longer log, only the latest received are trained on."""


@dataclass(frozen=True, slots=True)
class DataWindow:
    """What was received from `since` on (`None`: ever), up to and including `until`.

    `received_as_occurred`: what was imported after the fact counts as received when it occurred.
    """

    until: datetime
    since: datetime | None = None
    received_as_occurred: bool = False


@dataclass(frozen=True, slots=True)
class TrainingSize:
    """Users with a log, of whom the `share` in (0, 1] is read."""

    users: int
    share: float = 1.0


class TrainingData(Protocol):
    def sample(self, seen_since: datetime, limit: int) -> AsyncIterator[Sequence[Subject]]:
        """Up to about so many users who allow models and were seen since then, as they are known now, in batches.

        They are drawn by their ids alone. Of their profiles only history and choice are there.
        """
        ...

    async def size(self) -> TrainingSize:
        """How many users allow models, and which share of them `logs` is to read."""
        ...

    def logs(self, window: DataWindow, share: float) -> AsyncIterator[Sequence[RecordedInteraction]]:
        """The log of one user after another, in order of receipt, as they are when this begins; no empty logs.

        Users who opted out of personalization or of models are not read at all. A log longer than
        `MAX_INTERACTIONS_PER_USER` is without what was received first. With `received_as_occurred` the log is in the
        order of occurrence, numbered anew, and every interaction was received when it occurred. Equal data and
        arguments give equal logs in equal order. Memory is bounded by the longest log.
        """
        ...
