"""How is a profile written down as JSON, in a database column and in a cache?"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson

from domain.model.adaptations import LayoutDensity, ThemeMode
from domain.model.interactions import Device, InteractionKind
from domain.model.profiles import FeatureHistory, History, Preferences, Profile, SessionSpan, TagHistory
from domain.model.skills import SkillLevel
from domain.model.users import PersonalizationChoice, UserId
from persistence.documents.assignments import assignments_document, parse_assignments
from persistence.documents.insights import insights_document, parse_insights
from persistence.documents.memberships import membership_document, parse_membership

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROFILE_DOCUMENT_VERSION = 3
"""Raised with every change of the shape, so that processes of two releases never misread each other's caches."""

Document: TypeAlias = "dict[str, Any]"


def history_document(history: History) -> Document:
    """JSON for a history: tuples as lists, spans and counts as short lists in the order of their fields."""
    return {
        "interactions": history.interactions,
        "conversions": history.conversions,
        "value_micros": history.value_micros,
        "first_seen_us": history.first_seen_us,
        "last_seen_us": history.last_seen_us,
        "older_sessions": history.older_sessions,
        "sessions": [[span.start_us, span.end_us] for span in history.sessions],
        "older_days": history.older_days,
        "days": list(history.days),
        "features": {key: [used.uses, used.first_us, used.last_us] for key, used in history.features.items()},
        "sections": dict(history.sections),
        "tags": {tag: [had.seen, had.dismissed] for tag, had in history.tags.items()},
        "devices": {str(device): count for device, count in history.devices.items()},
        "week": list(history.week),
        "recent": {str(kind): _lists(by_target) for kind, by_target in history.recent.items()},
    }


def parse_history(document: Document) -> History:
    """The history that `history_document` wrote; an empty document is the empty history."""
    if not document:
        return History()
    return History(
        interactions=document["interactions"],
        conversions=document["conversions"],
        value_micros=document["value_micros"],
        first_seen_us=document["first_seen_us"],
        last_seen_us=document["last_seen_us"],
        older_sessions=document["older_sessions"],
        sessions=tuple(SessionSpan(start_us, end_us) for start_us, end_us in document["sessions"]),
        older_days=document["older_days"],
        days=tuple(document["days"]),
        features={key: FeatureHistory(*numbers) for key, numbers in document["features"].items()},
        sections=document["sections"],
        tags={tag: TagHistory(*numbers) for tag, numbers in document["tags"].items()},
        devices={Device(device): count for device, count in document["devices"].items()},
        week=tuple(document["week"]),
        recent={InteractionKind(kind): _tuples(by_target) for kind, by_target in document["recent"].items()},
    )


def preferences_document(preferences: Preferences) -> Document:
    """JSON for what was chosen; what was not chosen is left out."""
    return {name: choice for name, choice in asdict(preferences).items() if choice is not None}


def parse_preferences(document: Document) -> Preferences:
    """The preferences that `preferences_document` wrote."""
    theme_mode, density, difficulty = (document.get(name) for name in ("theme_mode", "density", "difficulty"))
    return Preferences(
        theme_mode=None if theme_mode is None else ThemeMode(theme_mode),
        density=None if density is None else LayoutDensity(density),
        difficulty=None if difficulty is None else SkillLevel(difficulty),
    )


def profile_to_bytes(profile: Profile) -> bytes:
    """UTF-8 JSON for a whole profile, its choice included, marked with the version of its shape."""
    return orjson.dumps(
        {
            "version": PROFILE_DOCUMENT_VERSION,
            "user_id": profile.user_id,
            "revision": profile.revision,
            "history": history_document(profile.history),
            "traits": profile.traits,
            "preferences": preferences_document(profile.preferences),
            "memberships": [membership_document(membership) for membership in profile.memberships],
            "skill": profile.skill,
            "choice": asdict(profile.choice),
            "computed_at": profile.computed_at,
            "insights": None if profile.insights is None else insights_document(profile.insights),
            "assignments": assignments_document(profile.assignments),
        }
    )


def profile_from_bytes(stored: bytes) -> Profile | None:
    """The profile that `profile_to_bytes` wrote; `None` for anything else, another version of the shape included."""
    try:
        document = orjson.loads(stored)
        return _profile(document) if document["version"] == PROFILE_DOCUMENT_VERSION else None
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _profile(document: Document) -> Profile:
    choice = document["choice"]
    return Profile(
        user_id=UserId(document["user_id"]),
        revision=document["revision"],
        history=parse_history(document["history"]),
        traits=document["traits"],
        preferences=parse_preferences(document["preferences"]),
        memberships=tuple(parse_membership(fields) for fields in document["memberships"]),
        skill=SkillLevel(document["skill"]),
        choice=PersonalizationChoice(choice["enabled"], choice["use_of_models"], instant(choice["changed_at"])),
        computed_at=instant(document["computed_at"]),
        insights=parse_insights(document["insights"]),
        assignments=parse_assignments(document["assignments"]),
    )


def instant(text: str | None) -> datetime | None:
    """An ISO 8601 instant, if there is one."""
    return None if text is None else datetime.fromisoformat(text)


def _lists(by_target: Mapping[str, Sequence[int]]) -> dict[str, list[int]]:
    return {target: list(seconds) for target, seconds in by_target.items()}


def _tuples(by_target: Mapping[str, Sequence[int]]) -> dict[str, tuple[int, ...]]:
    return {target: tuple(seconds) for target, seconds in by_target.items()}
