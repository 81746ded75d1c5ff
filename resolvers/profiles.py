"""What is known of a user, what do they declare, and how does that change?"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from domain.errors import Refused, Unavailable
from domain.model.adaptations import LayoutDensity, ThemeMode
from domain.model.configs import UpdateCause
from domain.model.news import ProfileChanged, Resynchronised
from domain.model.profiles import Preferences
from domain.model.skills import SkillLevel
from domain.rules.documents.reading import Reader
from domain.use_cases.profiles import PreferencesChange
from resolvers.arguments import Document, read_object, refusals_as_errors
from resolvers.authorization import FOLLOW_OTHERS, WRITE_PROFILES, is_user, oneself_or
from resolvers.links import to_change
from resolvers.streams import closing

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping

    from domain.model.json_values import JsonObject
    from domain.model.profiles import Profile
    from domain.model.users import UserId
    from domain.use_cases.current_profiles import CurrentProfiles
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
    named = document.get("userId")
    _refuse_nobody(context, named)
    traits, preferences = _read_changes(document)
    user_id = await to_change(context, named, WRITE_PROFILES)
    return await context.use_cases.update_profile(user_id, traits, preferences)


async def recompute_profile(context: RequestContext, user_id: str) -> Profile:
    """Raises `Refused`."""
    return await context.use_cases.recompute_profile(await to_change(context, user_id, WRITE_PROFILES))


def follow_profile(
    context: RequestContext, user_id: str | None, known_revision: int | None
) -> AsyncGenerator[ProfileUpdate, None]:
    """Every change from now on; a change that another one has overtaken is not told.

    Who says which revision they know gets the profile at once if it is another one: a client that was away
    subscribes again in the same words, and misses nothing.
    """
    with refusals_as_errors():
        whose = oneself_or(context.principal, user_id, FOLLOW_OTHERS)
    followed = _Followed(whose, through_links=whose != context.principal.user_id)
    # Here, not where the first change is awaited: what happens from now on is not to be missed.
    news = context.use_cases.feeds.profiles.follow(followed.is_concerned_by)
    return _updates(context.use_cases.profiles, followed, news, known_revision)


@dataclass(slots=True)
class _Followed:
    """Whose profile is followed: through links, that of the user for whom the id stands, once it does."""

    user_id: UserId
    through_links: bool

    def is_concerned_by(self, news: ProfileChanged | Resynchronised) -> bool:
        """News that was missed may have been about anybody."""
        return isinstance(news, Resynchronised) or news.user_id == self.user_id

    async def profile(self, profiles: CurrentProfiles) -> Profile:
        profile = await profiles.get(self.user_id)
        if not self.through_links or profile.linked_to is None:
            return profile
        self.user_id = profile.linked_to
        return await profiles.get(self.user_id)


async def _updates(
    profiles: CurrentProfiles,
    followed: _Followed,
    news: AsyncGenerator[ProfileChanged | Resynchronised, None],
    known_revision: int | None,
) -> AsyncGenerator[ProfileUpdate, None]:
    async with closing(news) as changes:
        known = told = known_revision or 0
        first = await _if_available(followed.profile(profiles))
        if first:
            known = first.revision
        if first and first.is_known and known_revision not in (None, known):
            told = known
            yield ProfileUpdate(first, UpdateCause.SUBSCRIBED)
        async for change in changes:
            current = await followed.profile(profiles)
            missed = isinstance(change, Resynchronised)
            if not current.is_known or current.revision == (known if missed else told):
                continue
            known = told = current.revision
            yield ProfileUpdate(current, _cause(change))


async def _if_available(reading: Coroutine[Any, Any, Profile]) -> Profile | None:
    with suppress(Unavailable):
        return await reading
    return None


def _cause(news: ProfileChanged | Resynchronised) -> UpdateCause:
    return news.cause if isinstance(news, ProfileChanged) else UpdateCause.RESYNCHRONISED


def _refuse_nobody(context: RequestContext, user_id: str | None) -> None:
    oneself_or(context.principal, user_id, WRITE_PROFILES)
    if user_id is None and not is_user(context.principal):
        raise Refused.because("REQUIRED", "a service has no profile: say whose this is", "userId")


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
