"""How is no more of a profile read from PostgreSQL than is asked for?

A history takes kilobytes, conditions read a few numbers of it. Those are picked in the database, where unpacking the
history is most of the work, and sent as one JSON array a user, which costs less than as many columns.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import groupby
from typing import TYPE_CHECKING, Any

from domain.model.interactions import Device
from domain.model.profiles import FeatureHistory, History, Preferences, Profile, SessionSpan
from domain.model.segments import SegmentKey, SegmentMembership
from domain.model.skills import SkillLevel
from domain.model.users import UserId
from domain.rules.instants import EPOCH
from persistence.documents.profiles import parse_preferences

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from domain.rules.reads import Reads

MAX_PICKED = 40
"""Of more features or targets than this, all are read: a function of PostgreSQL takes at most a hundred arguments."""

# Adding nothing to a history unpacks it, once for all that is picked; OFFSET keeps the planner from undoing that.
_UNPACKED = "CROSS JOIN LATERAL (SELECT p.history || '{}' AS h OFFSET 0) AS unpacked"
_MEMBERSHIPS = """(
    SELECT json_object_agg(m.segment_key, m.confidence)
    FROM segment_memberships m WHERE m.user_id = p.user_id AND m.segment_key = ANY ({}::text[])
)"""
# Which field of a history tells a number, and where it is found: what is only counted counts as older.
_NUMBERS: Mapping[str, tuple[str, str]] = {
    "interactions": ("interactions", "coalesce(h -> 'interactions', '0')"),
    "conversions": ("conversions", "coalesce(h -> 'conversions', '0')"),
    "value_micros": ("value_micros", "coalesce(h -> 'value_micros', '0')"),
    "first_seen_us": ("first_seen_us", "h -> 'first_seen_us'"),
    "last_seen_us": ("last_seen_us", "h -> 'last_seen_us'"),
    "sessions": (
        "older_sessions",
        "coalesce((h ->> 'older_sessions')::bigint + jsonb_array_length(h -> 'sessions'), 0)",
    ),
    "days": ("older_days", "coalesce((h ->> 'older_days')::bigint + jsonb_array_length(h -> 'days'), 0)"),
}
_SKILLS = {level.value: level for level in SkillLevel}
_DEVICES = {device.value: device for device in Device}
_NO_HISTORY = History()
_NO_PREFERENCES = Preferences()


class Excerpt:
    """What is read of each profile: as SQL over `profiles p`, and from the JSON that it gives back to a profile."""

    def __init__(self, reads: Reads, sessions_after_us: int, parameters: Iterable[object]) -> None:
        """`parameters`: those that the statement has already; `self.parameters` are all.

        Sessions that started before `sessions_after_us`, or then, are only counted.
        """
        self.parameters = [*parameters]
        self._sessions_after_us = sessions_after_us
        history = dict(self._picked_of_history(reads))
        self.source = f"profiles p {_UNPACKED}" if history else "profiles p"
        picked = (
            "p.user_id",
            "p.skill",
            "p.preferences",
            "p.traits" if reads.traits else "NULL",
            _MEMBERSHIPS.format(self._given(sorted(reads.segments))) if reads.segments else "NULL",
            _object((f"'{name}'", sql) for name, sql in history.items()),
        )
        self.document = f"json_build_array({', '.join(picked)})"

    def _picked_of_history(self, reads: Reads) -> Iterable[tuple[str, str]]:
        """Fields of `History`, and how each is told."""
        yield from (_NUMBERS[number] for number in sorted(reads.numbers))
        if reads.sessions:
            yield "sessions", "jsonb_path_query_array(h, '$.sessions[*][0]')"
        if reads.features or reads.uses:
            yield "features", self._features(reads)
        if reads.recent:
            yield "recent", self._recent(reads) if len(reads.recent) <= MAX_PICKED else "h -> 'recent'"
        if reads.devices:
            yield "devices", "h -> 'devices'"
        if reads.sections:
            yield "sections", "h -> 'sections'"

    def _features(self, reads: Reads) -> str:
        if len(reads.features | reads.uses) > MAX_PICKED:
            return "h -> 'features'"
        whole = [(feature, ("features", feature)) for feature in sorted(reads.features)]
        # The first of a feature's numbers are its uses.
        return self._at(
            whole + [(feature, ("features", feature, "0")) for feature in sorted(reads.uses - reads.features)]
        )

    def _recent(self, reads: Reads) -> str:
        kinds = []
        for kind, targets in groupby(sorted(reads.recent, key=str), key=lambda target: target[0]):
            names = [name for _, name in targets]
            kinds.append((f"'{kind}'", self._recent_of(kind, names)))
        return _object(kinds)

    def _recent_of(self, kind: str, names: Sequence[str | None]) -> str:
        if None in names:
            return f"h #> '{{recent,{kind}}}'"
        return self._at([(name, ("recent", kind, name)) for name in names if name is not None])

    def _at(self, paths: Iterable[tuple[str, tuple[str, ...]]]) -> str:
        """What lies at each path in the history, by name; an empty list where nothing does."""
        return _object(
            (f"{self._given(name)}::text", f"coalesce(h #> {self._given(path)}::text[], '[]')") for name, path in paths
        )

    def _given(self, value: object) -> str:
        self.parameters.append(value)
        return f"${len(self.parameters)}"

    def profile(self, document: Sequence[Any]) -> Profile:
        user_id, skill, preferences, traits, memberships, history = document
        return Profile(
            user_id=UserId(user_id),
            revision=1,
            history=self._history(history) if history else _NO_HISTORY,
            traits=traits or {},
            preferences=parse_preferences(preferences) if preferences else _NO_PREFERENCES,
            memberships=_memberships(memberships) if memberships else (),
            skill=_SKILLS[skill],
        )

    def _history(self, picked: dict[str, Any]) -> History:
        """Kinds of interactions stay the texts that they are written as: as keys they are equal to their members."""
        if "sessions" in picked:
            starts = picked["sessions"]
            starts = starts[bisect_right(starts, self._sessions_after_us) :]
            picked["sessions"] = tuple([SessionSpan(start_us, start_us) for start_us in starts])
            if "older_sessions" in picked:
                picked["older_sessions"] -= len(starts)
        if "features" in picked:
            used = picked["features"] or {}
            picked["features"] = {feature: _feature(found) for feature, found in used.items() if found}
        if "devices" in picked:
            picked["devices"] = {_DEVICES[device]: count for device, count in (picked["devices"] or {}).items()}
        return History(**picked)


def _object(members: Iterable[tuple[str, str]]) -> str:
    return f"json_build_object({', '.join(f'{name}, {sql}' for name, sql in members)})"


def _feature(found: int | Sequence[int]) -> FeatureHistory:
    """Of some only the uses are told."""
    return FeatureHistory(found, 0, 0) if isinstance(found, int) else FeatureHistory(*found)


def _memberships(confidences: Mapping[str, float]) -> tuple[SegmentMembership, ...]:
    """Since when is not read."""
    return tuple([SegmentMembership(SegmentKey(key), float(value), EPOCH) for key, value in confidences.items()])
