"""What does everything that is stored about one user look like, for the user to take away?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING

from domain.rules import usage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.model.assignments import Assignment
    from domain.model.interactions import RecordedInteraction
    from domain.model.json_values import Json
    from domain.model.profiles import Profile
    from domain.model.users import UserId


def profile_document(profile: Profile, now: datetime) -> dict[str, Json]:
    """What was learnt, declared and chosen, as the API shows it at `now`; insights also where they may not be used."""
    history = profile.history
    return {
        "revision": profile.revision,
        "computedAt": written(profile.computed_at),
        "personalization": written(profile.choice),
        "traits": written(profile.traits),
        "preferences": written(profile.preferences),
        "skill": written(profile.skill),
        "segments": written(profile.memberships),
        "activity": written(usage.activity(history, now)),
        "features": written(usage.feature_usage(history)),
        "devices": written(usage.device_shares(history)),
        "sections": written(usage.section_shares(history)),
        "contentPreferences": written(usage.content_preferences(history)),
        "usagePattern": written(usage.usage_pattern(history, now)),
        "insights": written(profile.insights),
    }


def personal_data(
    profile: Profile,
    aliases: Sequence[UserId],
    assignments: Sequence[Assignment],
    interactions: Sequence[RecordedInteraction],
    now: datetime,
) -> dict[str, Json]:
    return {
        "user": profile.user_id,
        "exportedAt": written(now),
        "aliases": written(aliases),
        "profile": profile_document(profile, now),
        "assignments": written(assignments),
        "interactions": written(interactions),
    }


def written(value: object) -> Json:
    """A value of the domain as JSON: its fields by their names in the API, instants in UTC.

    Raises `TypeError` for what is no such value.
    """
    match value:
        case Enum():
            return str(value.value)
        case None | bool() | int() | float() | str():
            return value
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case Mapping():
            return {str(name): written(part) for name, part in value.items()}
        case list() | tuple():
            return [written(part) for part in value]
        case _ if is_dataclass(value):
            return {_api_name(field.name): written(getattr(value, field.name)) for field in fields(value)}
        case _:
            raise TypeError(f"A {type(value).__name__} is no value of the domain.")


def _api_name(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)
