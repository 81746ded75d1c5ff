"""What is known of a user, what do they declare, and how does that change?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from domain.errors import Refused
from domain.model.adaptations import LayoutDensity, ThemeMode
from domain.model.profiles import Preferences
from domain.model.skills import SkillLevel
from domain.rules.documents.reading import Reader
from domain.use_cases.profiles import PreferencesChange
from resolvers.arguments import Document, read_object, refusals_as_errors
from resolvers.authorization import FOLLOW_OTHERS, WRITE_PROFILES, is_user, oneself_or
from resolvers.streams import closing

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping

    from domain.model.configs import UpdateCause
    from domain.model.json_values import JsonObject
    from domain.model.profiles import Profile
    from domain.model.users import UserId
    from resolvers.context import RequestContext

_PREFERENCES: Mapping[str, tuple[str, Callable[[Reader], object]]] = {
    "themeMode": ("theme_mode", lambda mode: mode.member(ThemeMode)),
    "density": ("density", lambda density: density.member(LayoutDensity)),
    "difficulty": ("difficulty", lambda level: level.member(SkillLevel)),
}


@dataclass(frozen=True, slots=True)
class ProfileUpdate:
    profile: Profile
    cause: UpdateCause


async def profile(context: RequestContext, user_id: UserId) -> Profile | None:
    """`None` until something is known. Whoever holds a user may read it: see `resolvers.users`."""
    found = await context.loaders.profiles.load(user_id)
    return found if found.is_known else None


async def update_profile(context: RequestContext, document: Document) -> Profile:
    """Raises `Refused`."""
    user_id = _whose(context, document.get("userId"))
    traits, preferences = _read_changes(document)
    return await context.use_cases.update_profile(user_id, traits, preferences)


async def recompute_profile(context: RequestContext, user_id: str) -> Profile:
    """Raises `Refused`."""
    return await context.use_cases.recompute_profile(oneself_or(context.principal, user_id, WRITE_PROFILES))


def follow_profile(context: RequestContext, user_id: str | None) -> AsyncGenerator[ProfileUpdate, None]:
    """Every change from now on; a change that another one has overtaken is not told."""
    with refusals_as_errors():
        whose = oneself_or(context.principal, user_id, FOLLOW_OTHERS)
    return _updates(context, whose)


async def _updates(context: RequestContext, user_id: UserId) -> AsyncGenerator[ProfileUpdate, None]:
    use_cases = context.use_cases
    told = None
    async with closing(use_cases.feeds.profiles.follow(lambda changed: changed.user_id == user_id)) as changes:
        async for change in changes:
            current = await use_cases.profiles.get(user_id)
            if current.is_known and current.revision != told:
                told = current.revision
                yield ProfileUpdate(current, change.cause)


def _whose(context: RequestContext, user_id: str | None) -> UserId:
    own = oneself_or(context.principal, user_id, WRITE_PROFILES)
    if user_id is None and not is_user(context.principal):
        raise Refused.because("REQUIRED", "a service has no profile: say whose this is", "userId")
    return own


def _read_changes(document: Document) -> tuple[JsonObject, PreferencesChange]:
    reader = Reader(document)
    members = reader.members(optional=("userId", "traits", "preferences"))
    traits: JsonObject = members.read("traits", read_object, {})
    preferences = members.read("preferences", _read_preferences, PreferencesChange(Preferences(), frozenset()))
    reader.finish()
    return traits, preferences


def _read_preferences(reader: Reader) -> PreferencesChange:
    """Left out: stays as it is. Null: the user has no preference any more."""
    members = reader.members(optional=tuple(_PREFERENCES))
    given = reader.value if isinstance(reader.value, dict) else {}
    values: dict[str, Any] = {
        field: members.read(name, read, None) for name, (field, read) in _PREFERENCES.items() if name in given
    }
    return PreferencesChange(Preferences(**values), frozenset(values))
