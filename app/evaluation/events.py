"""How are millions of events held so that each user's can be read on their own?"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from datetime import timedelta, timezone
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from app.replay.refusals import LineRefused
from domain.model.interactions import (
    Device,
    Interaction,
    InteractionKey,
    InteractionKind,
    RecordedInteraction,
)
from domain.model.users import UserId
from domain.rules.instants import EPOCH, instant_at, microseconds
from domain.rules.interactions import MAX_VALUE, check_interaction
from prediction.training.logs import UserLog

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

SECONDS_IN_MINUTE = 60
REMEMBERED_ZONES = 4_096
_NO_OFFSET = 0


class Deed(NamedTuple):
    """What was done: all of an interaction but who, when and for how much."""

    kind: InteractionKind
    target: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    device: Device | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """One entry per event. `users` and `deeds` are places in the log's lists; no value is NaN."""

    users: NDArray[np.int32]
    instants: NDArray[np.int64]
    offsets: NDArray[np.int16]
    deeds: NDArray[np.int32]
    values: NDArray[np.float64]

    def chosen(self, rows: NDArray[Any]) -> Columns:
        return Columns(self.users[rows], self.instants[rows], self.offsets[rows], self.deeds[rows], self.values[rows])

    def __len__(self) -> int:
        return len(self.users)


@dataclass(frozen=True, slots=True)
class EventLog:
    """Events by user and, of each user, by time; simultaneous ones as they stood in the file.

    About 26 bytes an event. An `Interaction` is ten times that, so they are made of one user after another.
    """

    users: Sequence[UserId]
    deeds: Sequence[Deed]
    columns: Columns

    @classmethod
    def of(cls, users: Sequence[UserId], deeds: Sequence[Deed], columns: Columns) -> EventLog:
        """The log of events that came in any order of users and times."""
        return cls(users, deeds, columns.chosen(np.lexsort((columns.instants, columns.users))))

    def __len__(self) -> int:
        return len(self.columns)

    def user_logs(self) -> Iterator[UserLog]:
        """One after another; each interaction counts as received when it happened."""
        bounds = self.bounds()
        for user, (start, end) in enumerate(pairwise(bounds.tolist())):
            if start < end:
                yield UserLog(self.users[user], self._recorded(start, end))

    def bounds(self) -> NDArray[np.intp]:
        """Where each user's events begin; one more for the end."""
        return np.searchsorted(self.columns.users, np.arange(len(self.users) + 1))

    def _recorded(self, start: int, end: int) -> list[RecordedInteraction]:
        columns = self.columns
        rows = zip(
            columns.instants[start:end].tolist(),
            columns.offsets[start:end].tolist(),
            columns.deeds[start:end].tolist(),
            columns.values[start:end].tolist(),
            strict=True,
        )
        user_id = self.users[columns.users[start]]
        recorded = []
        for sequence, (us, offset, deed, value) in enumerate(rows, 1):
            instant = instant_at(us)
            local = instant.astimezone(zone(offset)) if offset else instant
            known = None if value != value else value  # noqa: PLR0124 - NaN is the only number unlike itself
            kind, target, section, tags, device = self.deeds[deed]
            key = InteractionKey(str(sequence))
            done = Interaction(key, user_id, kind, local, target, section, tags, device, None, known)
            recorded.append(RecordedInteraction(sequence, done, instant))
        return recorded


class EventGathering:
    """The events of a log while it is read."""

    def __init__(self) -> None:
        self._users: dict[str, int] = {}
        self._deeds: dict[Deed, int] = {}
        self._user_column = array("i")
        self._instants = array("q")
        self._offsets = array("h")
        self._deed_column = array("i")
        self._values = array("d")

    def add(self, element: Mapping[str, Any], instant: datetime, value: float | None) -> None:
        """Remember what one line tells of, under the names of the API.

        Raises:
            LineRefused: the engine would not take it; nothing is remembered then.

        """
        if instant < EPOCH:
            raise LineRefused(f"the time {instant.isoformat()} is before the year 1970")
        if value is not None and abs(value) > MAX_VALUE:
            raise LineRefused(f"the value {value:g} lies outside -{MAX_VALUE:.0f} to {MAX_VALUE:.0f}")
        user, deed = element["userId"], _deed_of(element)
        user_place, deed_place = self._users.get(user), self._deeds.get(deed)
        if user_place is None or deed_place is None:
            _refuse_unstorable(user, deed, instant)
            user_place = self._users.setdefault(user, len(self._users))
            deed_place = self._deeds.setdefault(deed, len(self._deeds))
        self._user_column.append(user_place)
        self._instants.append(microseconds(instant))
        self._offsets.append(_offset_minutes(instant))
        self._deed_column.append(deed_place)
        self._values.append(np.nan if value is None else value)

    def log(self) -> EventLog:
        """All that was added. The gathering is empty afterwards."""
        columns = Columns(
            np.frombuffer(self._user_column, np.int32),
            np.frombuffer(self._instants, np.int64),
            np.frombuffer(self._offsets, np.int16),
            np.frombuffer(self._deed_column, np.int32),
            np.frombuffer(self._values, np.float64),
        )
        users, deeds = tuple(map(UserId, self._users)), tuple(self._deeds)
        self.__init__()  # type: ignore[misc]  # its arrays are as large as the log
        return EventLog.of(users, deeds, columns)


@lru_cache(maxsize=REMEMBERED_ZONES)
def zone(offset_minutes: int) -> timezone:
    return timezone(timedelta(minutes=offset_minutes))


def _offset_minutes(instant: datetime) -> int:
    offset = instant.utcoffset()
    return round(offset.total_seconds() / SECONDS_IN_MINUTE) if offset else _NO_OFFSET


def _deed_of(element: Mapping[str, Any]) -> Deed:
    get = element.get
    device = get("device")
    return Deed(
        _KINDS[element["kind"]],
        get("target"),
        get("section"),
        tuple(get("tags", ())),
        device and _DEVICES[device],
    )


def _refuse_unstorable(user: str, deed: Deed, instant: datetime) -> None:
    """Each text is checked once, when it is new."""
    done = Interaction(
        InteractionKey("1"), UserId(user), deed.kind, instant, deed.target, deed.section, deed.tags, deed.device
    )
    for problem in check_interaction(done, now=instant):
        raise LineRefused(f"{'.'.join(problem.path)}: {problem.message}")


_KINDS = {kind.value: kind for kind in InteractionKind}
_DEVICES = {device.value: device for device in Device}
