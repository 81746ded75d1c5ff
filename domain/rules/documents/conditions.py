"""How is a condition written, in the shape of the API's `ConditionInput`?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from domain.model.conditions import (
    MAX_CONDITION_DEPTH,
    MAX_CONDITION_NODES,
    ActivityMeasure,
    ActivityWithin,
    AllOf,
    Always,
    AnyOf,
    AtLocalTime,
    AtPlace,
    AttributesMatch,
    ChurnRiskWithin,
    Did,
    FeatureUsed,
    HasSkill,
    InSegment,
    LastSeenWithin,
    LifetimeValueWithin,
    Not,
    OnDevice,
    TraitsMatch,
)
from domain.model.interactions import Device, InteractionKind
from domain.model.ranges import Range
from domain.model.segments import KEPT_FROM_CONFIDENCE, SegmentKey
from domain.model.skills import SkillLevel
from domain.rules.documents.codes import Code
from domain.rules.documents.ranges import plain_number, range_document, read_range
from domain.rules.documents.reading import Reader, read_target
from domain.rules.documents.schedules import read_window, window_document
from domain.rules.query_problems import query_problems

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from enum import StrEnum

    from domain.model.conditions import Condition
    from domain.model.json_values import Json

    Read: TypeAlias = Callable[[Reader, "Tree"], Condition]
    Written: TypeAlias = tuple[str, Json]

MAX_WINDOW_DAYS = 90
MAX_TIMES = 100
"""The profile keeps the last 100 instants of one kind and target: more cannot be told apart."""
_DEFAULT_CONFIDENCE = 0.5
STAND_IN: Condition = Always()


def parse_condition(document: object) -> Condition:
    """The condition that a document says. Raises `Refused` with every problem found."""
    reader = Reader(document)
    condition = read_condition(reader)
    reader.finish()
    return condition


def condition_document(condition: Condition) -> dict[str, Json]:
    """The document that `parse_condition` reads as an equal condition."""
    name, value = _WRITERS[type(condition)](condition)
    return {name: value}


def read_condition(reader: Reader) -> Condition:
    return Tree().read(reader)


@dataclass(slots=True)
class Tree:
    """One condition being read: how deep the reading is and how many nodes it has met."""

    depth: int = 0
    nodes: int = 0

    def read(self, reader: Reader) -> Condition:
        if self.nodes > MAX_CONDITION_NODES:
            return STAND_IN
        self.nodes += 1
        if self.nodes > MAX_CONDITION_NODES:
            reader.refuse(Code.TOO_MANY_NODES, f"use at most {MAX_CONDITION_NODES} conditions; a segment can hold some")
        elif self.depth == MAX_CONDITION_DEPTH:
            reader.refuse(Code.TOO_DEEP, f"nest conditions at most {MAX_CONDITION_DEPTH} deep")
        else:
            self.depth += 1
            condition = self._read_member(reader)
            self.depth -= 1
            return condition
        return STAND_IN

    def _read_member(self, reader: Reader) -> Condition:
        before = len(reader.problems)
        members = reader.members(optional=tuple(_READERS))
        if len(members.given) == 1:
            ((name, value),) = members.given.items()
            return _READERS[name](reader.at(name, value), self)
        if members.given:
            reader.refuse(
                Code.EXACTLY_ONE, f"say one thing here, not {' and '.join(members.given)}: join them with all or any"
            )
        elif not reader.is_flawed_since(before):
            reader.refuse(Code.REQUIRED, f"say what must hold: one of {', '.join(_READERS)}")
        return STAND_IN

    def read_several(self, reader: Reader) -> tuple[Condition, ...]:
        return reader.items(self.read, least=1)


def _segment(reader: Reader, _: Tree) -> Condition:
    members = reader.members(required=("in",), optional=("confidence",))
    return InSegment(
        segments=members.read("in", _read_segments, ()),
        confidence=members.read(
            "confidence", lambda confidence: confidence.number(KEPT_FROM_CONFIDENCE, 1), _DEFAULT_CONFIDENCE
        ),
    )


def _read_segments(reader: Reader) -> tuple[SegmentKey, ...]:
    return reader.distinct(lambda segment: SegmentKey(segment.key()), least=1)


def _activity(reader: Reader, _: Tree) -> Condition:
    members = reader.members(required=("measure", "range"))
    return ActivityWithin(
        measure=members.read("measure", lambda measure: measure.member(ActivityMeasure), ActivityMeasure.SESSIONS),
        range=members.read("range", read_range, Range()),
    )


def _feature_use(reader: Reader, _: Tree) -> Condition:
    members = reader.members(required=("feature", "uses"), optional=("lastUsedDays",))
    return FeatureUsed(
        feature=members.read("feature", read_target, ""),
        uses=members.read("uses", _read_count, Range()),
        last_used_days=members.read("lastUsedDays", _read_optional_count, None),
    )


def _did(reader: Reader, _: Tree) -> Condition:
    members = reader.members(required=("kind", "times", "days"), optional=("target",))
    return Did(
        kind=members.read("kind", lambda kind: kind.member(InteractionKind), InteractionKind.OTHER),
        times=members.read("times", lambda times: read_range(times, 0, MAX_TIMES), Range()),
        days=members.read("days", lambda days: days.integer(1, MAX_WINDOW_DAYS), 1),
        target=members.read("target", _read_optional_target, None),
    )


def _read_count(reader: Reader) -> Range:
    return read_range(reader, low=0)


def _read_optional_count(reader: Reader) -> Range | None:
    return _read_count(reader)


def _read_optional_target(reader: Reader) -> str | None:
    return read_target(reader)


def _query(reader: Reader) -> dict[str, Json]:
    before = len(reader.problems)
    query = reader.json()
    if reader.is_flawed_since(before):
        return {}
    for problem in query_problems(query):
        reader.refuse(Code(problem.code), problem.message, *problem.path)
    return query if isinstance(query, dict) else {}


_READERS: Mapping[str, Read] = {
    "always": lambda reader, _: Always(reader.boolean()),
    "all": lambda reader, tree: AllOf(tree.read_several(reader)),
    "any": lambda reader, tree: AnyOf(tree.read_several(reader)),
    "not": lambda reader, tree: Not(tree.read(reader)),
    "segment": _segment,
    "device": lambda reader, _: OnDevice(frozenset(reader.distinct(lambda item: item.member(Device), least=1))),
    "place": lambda reader, _: AtPlace(frozenset(reader.distinct(Reader.key, least=1))),
    "skill": lambda reader, _: HasSkill(frozenset(reader.distinct(lambda item: item.member(SkillLevel), least=1))),
    "activity": _activity,
    "featureUse": _feature_use,
    "did": _did,
    "localTime": lambda reader, _: AtLocalTime(read_window(reader)),
    "churnRisk": lambda reader, _: ChurnRiskWithin(read_range(reader, 0, 1)),
    "lifetimeValue": lambda reader, _: LifetimeValueWithin(read_range(reader)),
    "lastSeenDays": lambda reader, _: LastSeenWithin(_read_count(reader)),
    "traits": lambda reader, _: TraitsMatch(_query(reader)),
    "attributes": lambda reader, _: AttributesMatch(_query(reader)),
}


def _documents(conditions: Iterable[Condition]) -> Json:
    return [condition_document(condition) for condition in conditions]


def _in_order(members: type[StrEnum], chosen: frozenset[Any]) -> Json:
    return [member.value for member in members if member in chosen]


def _write_feature_use(condition: FeatureUsed) -> Written:
    document: dict[str, Json] = {"feature": condition.feature, "uses": range_document(condition.uses)}
    if condition.last_used_days is not None:
        document["lastUsedDays"] = range_document(condition.last_used_days)
    return "featureUse", document


def _write_did(condition: Did) -> Written:
    document: dict[str, Json] = {"kind": condition.kind.value}
    if condition.target is not None:
        document["target"] = condition.target
    return "did", {**document, "times": range_document(condition.times), "days": condition.days}


_WRITERS: Mapping[type, Callable[[Any], Written]] = {
    Always: lambda condition: ("always", condition.value),
    AllOf: lambda condition: ("all", _documents(condition.conditions)),
    AnyOf: lambda condition: ("any", _documents(condition.conditions)),
    Not: lambda condition: ("not", condition_document(condition.condition)),
    InSegment: lambda condition: (
        "segment",
        {"in": list(condition.segments), "confidence": plain_number(condition.confidence)},
    ),
    OnDevice: lambda condition: ("device", _in_order(Device, condition.devices)),
    AtPlace: lambda condition: ("place", sorted(condition.places)),
    HasSkill: lambda condition: ("skill", _in_order(SkillLevel, condition.levels)),
    ActivityWithin: lambda condition: (
        "activity",
        {"measure": condition.measure.value, "range": range_document(condition.range)},
    ),
    FeatureUsed: _write_feature_use,
    Did: _write_did,
    AtLocalTime: lambda condition: ("localTime", window_document(condition.window)),
    ChurnRiskWithin: lambda condition: ("churnRisk", range_document(condition.range)),
    LifetimeValueWithin: lambda condition: ("lifetimeValue", range_document(condition.range)),
    LastSeenWithin: lambda condition: ("lastSeenDays", range_document(condition.days)),
    TraitsMatch: lambda condition: ("traits", dict(condition.query)),
    AttributesMatch: lambda condition: ("attributes", dict(condition.query)),
}
