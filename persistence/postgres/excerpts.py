"""How is no more of a profile read from PostgreSQL than is asked for?

A history takes kilobytes, conditions read a few numbers of it. Those are picked in the database, where unpacking the
history is most of the work, and sent as one JSON array a user, which costs less than as many columns.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from domain.model.interactions import Device
from domain.model.profiles import FeatureHistory, History, Preferences, Profile, SessionSpan
from domain.model.segments import SegmentMembership
from domain.model.skills import SkillLevel
from domain.model.users import PersonalizationChoice, UserId
from domain.rules.insights import only_numbers
from domain.rules.instants import DAY_US, EPOCH
from domain.rules.measures import SESSION_WINDOWS_DAYS
from persistence.documents.assignments import parse_assignments
from persistence.documents.profiles import parse_preferences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from domain.model.assignments import StickyVariation
    from domain.model.conditions import InSegment
    from domain.model.rules import RuleId
    from domain.model.segments import SegmentKey
    from domain.rules.previews.reads import Reads

MAX_PICKED = 40
"""Of more features or targets than this, all are read: a function of PostgreSQL takes at most a hundred arguments."""

MAX_USES = 1_000
"""Histories of so many different numbers of uses are kept, to be shared."""

_WINDOWS_DAYS = sorted(SESSION_WINDOWS_DAYS.values())

# Adding nothing to a history unpacks it, once for all that is picked; OFFSET keeps the planner from undoing that.
_UNPACKED = "CROSS JOIN LATERAL (SELECT CASE WHEN {} THEN p.history || '{{}}' END AS h OFFSET 0) AS unpacked"
_IS_MEMBER = """EXISTS (
    SELECT FROM segment_memberships m
    WHERE m.user_id = p.user_id AND m.segment_key = ANY ({}::text[]) AND m.confidence >= {}::float8
)"""
_MEMBERSHIPS = """(
    SELECT json_object_agg(m.segment_key, m.confidence)
    FROM segment_memberships m WHERE m.user_id = p.user_id AND m.segment_key = ANY ({}::text[])
)"""
_ASSIGNMENTS = """(
    SELECT json_agg(json_build_array(a.rule_id, a.run, a.variation, a.probability, a.overridden))
    FROM (
        SELECT DISTINCT ON (rule_id) * FROM assignments
        WHERE user_id = p.user_id AND run > 0 AND rule_id = ANY ({}::text[]) ORDER BY rule_id, run DESC
    ) AS a
)"""
_STARTS = "jsonb_path_query_array(h, '$.sessions[*][0]')"


class _Picked(NamedTuple):
    """One field of a history: where it is found, and how it is made of the JSON that is found there."""

    field: str
    sql: str
    made_of: Callable[[Any], Any] = lambda found: found


# What is only counted counts as older.
_NUMBERS: Mapping[str, _Picked] = {
    "interactions": _Picked("interactions", "coalesce(h -> 'interactions', '0')"),
    "conversions": _Picked("conversions", "coalesce(h -> 'conversions', '0')"),
    "value_micros": _Picked("value_micros", "coalesce(h -> 'value_micros', '0')"),
    "first_seen_us": _Picked("first_seen_us", "h -> 'first_seen_us'"),
    "last_seen_us": _Picked("last_seen_us", "h -> 'last_seen_us'"),
    "sessions": _Picked(
        "older_sessions", "coalesce((h ->> 'older_sessions')::bigint + jsonb_array_length(h -> 'sessions'), 0)"
    ),
    "days": _Picked("older_days", "coalesce((h ->> 'older_days')::bigint + jsonb_array_length(h -> 'days'), 0)"),
}
_SKILLS = {level.value: level for level in SkillLevel}
_DEVICES = {device.value: device for device in Device}
_NO_HISTORY = History()
_NO_ASSIGNMENTS: Mapping[RuleId, StickyVariation] = {}
_NO_PREFERENCES = Preferences()
_NO_CHOICE = PersonalizationChoice()


class Excerpt:
    """What is read of each profile: as SQL over `profiles p`, and from the JSON that it gives back to a profile."""

    def __init__(self, reads: Reads, of: InSegment | None, now_us: int, parameters: Iterable[object]) -> None:
        """`of`: whose history is read, if not everybody's. `now_us`: when conditions are asked.

        `parameters` are those that the statement has already; `self.parameters` are all.
        """
        self.parameters = [*parameters]
        self._windows = [(now_us - days * DAY_US, _started_within(now_us, days)) for days in _WINDOWS_DAYS]
        history = [*self._picked_of_history(reads)]
        self._makers = [(picked.field, picked.made_of) for picked in history]
        self.source = f"profiles p {_UNPACKED.format(self._is_member(of))}" if history else "profiles p"
        always = (
            "p.user_id",
            "p.skill",
            "p.preferences",
            "p.traits" if reads.traits else "NULL",
            "p.churn_risk" if reads.churn_risk else "NULL",
            "p.lifetime_value" if reads.lifetime_value else "NULL",
            _MEMBERSHIPS.format(self._given(sorted(reads.segments))) if reads.segments else "NULL",
            _ASSIGNMENTS.format(self._given(sorted(reads.assigned))) if reads.assigned else "NULL",
        )
        self.document = _array(*always, *(picked.sql for picked in history))
        if history and of is not None:
            self.document = f"CASE WHEN h IS NULL THEN {_array(*always)} ELSE {self.document} END"

    def _is_member(self, of: InSegment | None) -> str:
        return "true" if of is None else _IS_MEMBER.format(self._given(of.segments), self._given(of.confidence))

    def _picked_of_history(self, reads: Reads) -> Iterator[_Picked]:
        yield from (_NUMBERS[number] for number in sorted(reads.numbers))
        if reads.sessions:
            yield _Picked("sessions", _STARTS, self._sessions)
        if reads.features or reads.uses:
            yield self._features(reads)
        if reads.recent:
            yield self._recent(reads)
        if reads.devices:
            yield _Picked("devices", "coalesce(h -> 'devices', '{}')", _devices)
        if reads.sections:
            yield _Picked("sections", "coalesce(h -> 'sections', '{}')")

    def _features(self, reads: Reads) -> _Picked:
        names = sorted(reads.features | reads.uses)
        if len(names) > MAX_PICKED:
            return _Picked("features", "coalesce(h -> 'features', '{}')", lambda found: _features(found.items()))
        # The first of a feature's numbers are its uses.
        paths = [("features", name) if name in reads.features else ("features", name, "0") for name in names]
        return _Picked(
            "features",
            _array(*(self._at(*path) for path in paths)),
            lambda found: _features(zip(names, found, strict=True)),
        )

    def _recent(self, reads: Reads) -> _Picked:
        """Kinds of interactions stay the texts that they are written as: as keys they are equal to their members."""
        if len(reads.recent) > MAX_PICKED:
            return _Picked("recent", "coalesce(h -> 'recent', '{}')")
        kinds = []
        for kind, targets in groupby(sorted(reads.recent, key=str), key=lambda target: target[0]):
            names = [name for _, name in targets]
            kinds.append((f"'{kind}'", self._recent_of(kind, names)))
        return _Picked("recent", _object(kinds))

    def _recent_of(self, kind: str, names: Sequence[str | None]) -> str:
        if None in names:
            return f"h #> '{{recent,{kind}}}'"
        return _object(
            (f"{self._given(name)}::text", self._at("recent", kind, name)) for name in names if name is not None
        )

    def _at(self, *path: str) -> str:
        """What lies there in the history; an empty list where nothing does."""
        return f"coalesce(h #> {self._given(path)}::text[], '[]')"

    def _given(self, value: object) -> str:
        self.parameters.append(value)
        return f"${len(self.parameters)}"

    def profile(self, document: Sequence[Any]) -> Profile:
        user_id, skill, preferences, traits, churn_risk, lifetime_value, memberships, assigned, *picked = document
        return Profile(
            UserId(user_id),
            1,
            self._history(picked) if picked else _NO_HISTORY,
            traits or {},
            parse_preferences(preferences) if preferences else _NO_PREFERENCES,
            _memberships(memberships) if memberships else (),
            _SKILLS[skill],
            _NO_CHOICE,
            insights=only_numbers(EPOCH, churn_risk, lifetime_value),
            assignments=parse_assignments(assigned) if assigned else _NO_ASSIGNMENTS,
        )

    def _history(self, picked: Sequence[Any]) -> History:
        fields = {field: made_of(found) for (field, made_of), found in zip(self._makers, picked, strict=True)}
        if "older_sessions" in fields and "sessions" in fields:
            fields["older_sessions"] -= len(fields["sessions"])
        return History(**fields)

    def _sessions(self, starts: Sequence[int]) -> tuple[SessionSpan, ...]:
        """Those that started in the longest window. Of each is only told in which windows, not when."""
        spans: tuple[SessionSpan, ...] = ()
        end = len(starts)
        for since_us, span in self._windows:
            first = bisect_right(starts, since_us, 0, end)
            spans = (span,) * (end - first) + spans
            end = first
        return spans


def _array(*elements: str) -> str:
    return f"json_build_array({', '.join(elements)})"


def _object(members: Iterable[tuple[str, str]]) -> str:
    return f"json_build_object({', '.join(f'{name}, {sql}' for name, sql in members)})"


def _started_within(now_us: int, days: int) -> SessionSpan:
    """As long ago as counts."""
    start_us = now_us - days * DAY_US + 1
    return SessionSpan(start_us, start_us)


def _features(found: Iterable[tuple[str, Any]]) -> Mapping[str, FeatureHistory]:
    """Of some only the uses are told."""
    return {
        name: _used(numbers) if isinstance(numbers, int) else FeatureHistory(*numbers)
        for name, numbers in found
        if numbers
    }


@lru_cache(maxsize=MAX_USES)
def _used(uses: int) -> FeatureHistory:
    return FeatureHistory(uses, 0, 0)


def _devices(found: Mapping[str, int]) -> Mapping[Device, int]:
    return {_DEVICES[device]: count for device, count in found.items()}


def _memberships(confidences: Mapping[SegmentKey, float]) -> tuple[SegmentMembership, ...]:
    """Since when is not read."""
    return tuple([SegmentMembership(segment, confidence, EPOCH) for segment, confidence in confidences.items()])
