"""What do the users of a host application typically do, from nobody in particular to the expert?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from domain.model.interactions import Device, Interaction, InteractionKey, InteractionKind
from domain.model.users import UserId
from domain.rules.profiles import fold_from_scratch
from domain.rules.segments import built_in_confidences
from domain.rules.skills import skill_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from domain.model.profiles import History
    from domain.model.segments import SegmentKey
    from domain.model.skills import SkillLevel

MAX_REMEMBERED_LIVES = 64

SOMEBODY = UserId("somebody")
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Deed:
    """Something done so long ago."""

    ago: timedelta
    kind: InteractionKind = InteractionKind.PAGE_VIEW
    target: str | None = None
    value: float | None = None


Life: TypeAlias = list[Deed]


class TypicalLife(NamedTuple):
    history: History
    skill: SkillLevel
    confidences: Mapping[SegmentKey, float]


@lru_cache(maxsize=MAX_REMEMBERED_LIVES)
def typical_life(life: int, now: datetime, device: Device | None) -> TypicalLife:
    history = fold_from_scratch(interactions_of(LIVES[life](), now, device))
    return TypicalLife(history, skill_of(history), built_in_confidences(history, now))


def interactions_of(life: Life, now: datetime, device: Device | None) -> Iterator[Interaction]:
    for number, deed in enumerate(life):
        yield Interaction(
            key=InteractionKey(str(number)),
            user_id=SOMEBODY,
            kind=deed.kind,
            occurred_at=now - deed.ago,
            target=deed.target,
            value=deed.value,
            device=device,
        )


def _nobody() -> Life:
    return []


def _newcomer() -> Life:
    return [Deed(day * DAY + number * MINUTE) for day in (1, 2, 3) for number in range(4)]


def _seldom_here() -> Life:
    return [Deed(day * DAY + number * MINUTE) for day in (10, 25, 40, 60) for number in range(3)]


def _buyer() -> Life:
    return [Deed(day * DAY, InteractionKind.CONVERSION) for day in range(1, 7)] + _newcomer()


def _old_buyer() -> Life:
    return [replace(deed, ago=deed.ago + 15 * DAY) for deed in _buyer()]


def _explorer() -> Life:
    uses = [Deed(day * DAY, InteractionKind.FEATURE_USE, f"feature {day}") for day in range(1, 9)]
    return uses + _newcomer()


def _practised() -> Life:
    """Three features adopted on six days, long enough ago."""
    features = ("one", "two", "three")
    return [
        Deed((20 + day) * DAY + number * MINUTE, InteractionKind.FEATURE_USE, f"feature {features[number % 3]}")
        for day in range(6)
        for number in range(6)
    ]


def _expert() -> Life:
    """Ten features on each of twenty days."""
    return [
        Deed(day * DAY + number * MINUTE, InteractionKind.FEATURE_USE, f"feature {number % 10}")
        for day in range(1, 21)
        for number in range(20)
    ]


LIVES: tuple[Callable[[], Life], ...] = (
    _nobody,
    _newcomer,
    _seldom_here,
    _buyer,
    _old_buyer,
    _explorer,
    _practised,
    _expert,
)
