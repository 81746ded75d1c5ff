"""How an anonymous user turns out to be a known one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from domain.errors import Refused
from domain.model.audit_log import AuditAction, DefinitionChange
from domain.model.configs import UpdateCause
from domain.model.news import UsersLinked
from domain.model.profiles import Profile
from domain.ports.counters import Counter
from domain.rules.links import joined_profile
from domain.use_cases.profiles import fold_everything

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from domain.model.links import Linked
    from domain.model.users import UserId
    from domain.ports.buses import Bus
    from domain.ports.counters import Counters
    from domain.ports.profiles import StoredProfile
    from domain.ports.units_of_work import UnitOfWork, UnitsOfWork
    from domain.use_cases.configs import DecideConfig
    from domain.use_cases.current_profiles import CurrentProfiles
    from domain.use_cases.profiles import ProfileWriter, Written


@dataclass(frozen=True, slots=True)
class ForgetAliases:
    """Nobody, in no process, keeps what was known of these ids: they are aliases, of users who may choose anew."""

    bus: Bus
    profiles: CurrentProfiles
    decide: DecideConfig

    async def __call__(self, aliases: Sequence[UserId], user_id: UserId) -> None:
        for alias in aliases:
            await self.profiles.forget(alias)
            await self.decide.forget(alias)
        await self.bus.publish(*(UsersLinked(alias, user_id) for alias in aliases))


@dataclass(frozen=True, slots=True)
class LinkUsers:
    """From the moment this returns, what is tracked under the anonymous id is what the known user did.

    Raises `Refused`: nothing was changed. Linking what is linked already changes nothing, and is fine.
    """

    begin: UnitsOfWork
    writer: ProfileWriter
    decide: DecideConfig
    forget: ForgetAliases
    counters: Counters

    async def __call__(self, anonymous_id: UserId, user_id: UserId, noted_as: UserId | None = None) -> Profile:
        """`noted_as`: whom the audit log is to name, if anybody."""
        if anonymous_id == user_id:
            raise Refused.because("SAME_USER", "an id cannot be linked to itself", "anonymousId")
        await self.writer.models.refresh()
        async with self.begin() as work:
            if await _is_linked(work, anonymous_id, user_id):
                return (await work.profiles.of_users([user_id])).get(user_id, Profile(user_id))
            linked, written = await self._join(work, anonymous_id, user_id)
            if noted_as is not None:
                await work.audit_log.note(_note(self.writer.clock.now(), noted_as, linked))
            await work.commit()
        await self.writer.tell([written])
        if written.cause is UpdateCause.PRIVACY_CHANGED:
            await self.decide.forget(user_id)
        await self.forget([anonymous_id], user_id)
        self._count(linked)
        return written.profile

    async def _join(self, work: UnitOfWork, anonymous_id: UserId, user_id: UserId) -> tuple[Linked, Written]:
        # In one order, so that nobody waits crosswise for a profile.
        locked = {one: await work.profiles.lock(one) for one in sorted((anonymous_id, user_id))}
        if await work.links.aliases_of(anonymous_id):
            raise Refused.because("IS_KNOWN", "others are linked to this user, who is not anonymous", "anonymousId")
        known, anonymous = locked[user_id], locked[anonymous_id]
        linked = await work.links.join(
            anonymous_id,
            user_id,
            self.writer.clock.now(),
            # What who opted out does is not kept, under whatever id.
            keep_interactions=known.profile.choice.enabled,
        )
        joined = joined_profile((await work.profiles.lock(user_id)).profile, anonymous.profile)
        cause = UpdateCause.PROFILE_CHANGED
        if joined.choice != known.profile.choice:
            await work.users.choose(user_id, joined.choice)
            cause = UpdateCause.PRIVACY_CHANGED
        scored = await self._folded(work, replace(known, profile=joined))
        return linked, await self.writer.write(work, known, scored, cause)

    async def _folded(self, work: UnitOfWork, stored: StoredProfile) -> StoredProfile:
        """From scratch: what the anonymous user did lies between what the known one did."""
        (scored,) = await self.writer.scored([await fold_everything(work, stored)])
        return scored

    def _count(self, linked: Linked) -> None:
        self.counters.add(Counter.USERS_LINKED)
        self.counters.add(Counter.LINKS_IN_RUNS, linked.runs)
        self.counters.add(Counter.LINK_CONFLICTS, linked.conflicts)


async def _is_linked(work: UnitOfWork, anonymous_id: UserId, user_id: UserId) -> bool:
    """Raises `Refused` when either is an alias of somebody else, who is not named: that would tell who they are."""
    links = await work.links.of([anonymous_id, user_id])
    if user_id in links:
        raise Refused.because("IS_ALIAS", "this id is itself linked to a known user: link to that one", "userId")
    if links.get(anonymous_id, user_id) != user_id:
        raise Refused.because("ALREADY_LINKED", "this id is linked to another user, and stays so", "anonymousId")
    return anonymous_id in links


def _note(at: datetime, actor: UserId, linked: Linked) -> DefinitionChange:
    """Without ids: whoever is erased must not stay named in the audit log."""
    after = {"interactions": linked.interactions, "runs": linked.runs, "conflicts": linked.conflicts}
    return DefinitionChange(at, actor, AuditAction.USERS_LINKED, "an anonymous user", after=after)
