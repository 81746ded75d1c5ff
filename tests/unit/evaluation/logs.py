"""Small logs to evaluate, and how they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.evaluation.readings import Reading, Source
from app.replay.fields import Field
from app.replay.files import recognise
from tests.unit.replay.logs import written

if TYPE_CHECKING:
    from pathlib import Path

    from app.evaluation.events import EventLog
    from domain.model.interactions import Interaction

TIMED = (Field.USER, Field.TIME)


def source_of(path: Path, content: str, **options: Any) -> Source:
    return Source(log=recognise(written(path, content)), **{"needed": TIMED, **options})


def read(path: Path, content: str, **options: Any) -> tuple[EventLog, Reading]:
    reading = Reading(source_of(path, content, **options))
    return reading.events(lambda _position: None), reading


def interactions_of(log: EventLog) -> dict[str, list[Interaction]]:
    return {user.user_id: [recorded.interaction for recorded in user.interactions] for user in log.user_logs()}
