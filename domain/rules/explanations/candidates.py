"""Which changes are worth trying, so that what a rule asks for comes to hold?

For each variable that the conditions read, the values at which one of them can turn. Counts only grow: nobody undoes a
session; it is time that takes one out of a window (`domain.rules.explanations.waiting`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from domain.model.conditions import (
    ActivityWithin,
    AtPlace,
    AttributesMatch,
    Did,
    FeatureUsed,
    HasSkill,
    InSegment,
    LastSeenWithin,
    OnDevice,
    TraitsMatch,
)
from domain.model.interactions import Device, InteractionKind
from domain.model.segments import MEMBER_FROM_CONFIDENCE, SegmentKey, SegmentMembership
from domain.model.skills import SkillLevel
from domain.rules.explanations.deed_candidates import SEEN, activity_variable, deed_changes, did_variable
from domain.rules.explanations.query_candidates import query_changes, query_variable
from domain.rules.explanations.worlds import Change, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from domain.model.conditions import Condition
    from domain.model.schedules import Schedule
    from domain.rules.explanations.worlds import Variable

DEVICE: Variable = ("device",)
PLACE: Variable = ("place",)
SKILL: Variable = ("skill",)
_LEVELS = tuple(SkillLevel)


def variables_of(condition: Condition | Schedule) -> Iterable[Variable]:
    """What a simple condition reads, as far as a user or a host application can change it."""
    read = _VARIABLES.get(type(condition))
    return () if read is None else read(condition)


def candidates(conditions: Sequence[Condition | Schedule], world: World) -> dict[Variable, list[Change]]:
    """For each variable that the simple conditions read, the changes worth trying, the smallest first."""
    found: dict[Variable, list[Change]] = {v: [] for condition in conditions for v in variables_of(condition)}
    for make in _MAKERS:
        for change in make(conditions, world):
            found[change.variable].append(change)
    for changes in found.values():
        changes.sort(key=lambda change: change.distance)
    return found


def _device_changes(conditions: Sequence[object], world: World) -> Iterator[Change]:
    if any(isinstance(condition, OnDevice) for condition in conditions):
        for device in (*Device, None):
            if device is not world.context.device:
                text = "no known device" if device is None else f"device {device.lower()}"
                yield Change(DEVICE, 1, text, text, _with_context(device=device))


def _place_changes(conditions: Sequence[object], world: World) -> Iterator[Change]:
    named = sorted({place for condition in conditions if isinstance(condition, AtPlace) for place in condition.places})
    for place in named:
        if place != world.context.place:
            yield Change(PLACE, 1, f"place {place}", f"place {place}", _with_context(place=place))
    if named:
        # Longer than all that are named, so none of them.
        yield Change(PLACE, 1, "another place", "another place", _with_context(place=max(named, key=len) + "-"))


def _skill_changes(conditions: Sequence[object], world: World) -> Iterator[Change]:
    if any(isinstance(condition, HasSkill) for condition in conditions):
        for level in SkillLevel:
            steps = abs(_LEVELS.index(level) - _LEVELS.index(world.profile.skill))
            if steps:
                text = f"skill {level.lower()}"
                yield Change(SKILL, steps, text, text, _with_profile(skill=level))


def _segment_changes(conditions: Sequence[object], world: World) -> Iterator[Change]:
    asked: dict[SegmentKey, set[float]] = {}
    for condition in conditions:
        if isinstance(condition, InSegment):
            for segment in condition.segments:
                asked.setdefault(segment, {0.0}).add(condition.confidence)
    for segment, confidences in asked.items():
        now = world.profile.confidence_in(segment)
        yield from (_membership(segment, confidence, now) for confidence in confidences if confidence != now)


def _membership(segment: SegmentKey, confidence: float, now: float) -> Change:
    """Users know the segments they are in, but not the others, nor how surely they have to be in one."""
    if confidence < now:
        text = f"in {segment}, but only {confidence * 100:g} % sure" if confidence else f"not in {segment}"
        discreet = f"less surely in {segment}" if confidence else text
    else:
        text = (
            f"in {segment}{'' if confidence == MEMBER_FROM_CONFIDENCE else f' (at least {confidence * 100:g} % sure)'}"
        )
        discreet = f"more surely in {segment}" if now else "in another segment"

    def apply(world: World) -> World:
        others = tuple(m for m in world.profile.memberships if m.segment != segment)
        joined = (SegmentMembership(segment, confidence, since=world.now),) if confidence else ()
        return replace(world, profile=replace(world.profile, memberships=(*others, *joined)))

    return Change(_segment_variable(segment), 1 + abs(confidence - now), text, discreet, apply)


def _segment_variable(segment: SegmentKey) -> Variable:
    return "segment", segment


def _with_context(**parts: Any) -> Callable[[World], World]:
    return lambda world: replace(world, context=replace(world.context, **parts))


def _with_profile(**parts: Any) -> Callable[[World], World]:
    return lambda world: replace(world, profile=replace(world.profile, **parts))


_MAKERS: tuple[Callable[[Sequence[object], World], Iterator[Change]], ...] = (
    deed_changes,
    _device_changes,
    _place_changes,
    _skill_changes,
    _segment_changes,
    query_changes,
)
_VARIABLES: Mapping[type, Callable[[Any], Iterable[Variable]]] = {
    OnDevice: lambda _: (DEVICE,),
    AtPlace: lambda _: (PLACE,),
    HasSkill: lambda _: (SKILL,),
    InSegment: lambda condition: map(_segment_variable, condition.segments),
    ActivityWithin: lambda condition: (activity_variable(condition),),
    FeatureUsed: lambda condition: (did_variable(InteractionKind.FEATURE_USE, condition.feature),),
    Did: lambda condition: (did_variable(condition.kind, condition.target),),
    LastSeenWithin: lambda _: (SEEN,),
    TraitsMatch: lambda condition: (query_variable(condition),),
    AttributesMatch: lambda condition: (query_variable(condition),),
}
