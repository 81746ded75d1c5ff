"""How an anonymous user turns out to be a known one."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from domain.errors import Refused, Unavailable
from domain.model.audit_log import AuditAction, DefinitionChange
from domain.model.configs import UpdateCause
from domain.model.footprints import NO_FOOTPRINT
from domain.model.news import UsersLinked
from domain.model.profiles import Profile
from domain.ports.counters import Counter
from domain.ports.links import MAX_ALIASES
from domain.ports.profiles import Gone
from domain.rules.links import joined_profile
from domain.rules.rollups.footprints import counted
from domain.use_cases.outcomes import Folded, count_outcomes, withdraw
from domain.use_cases.profiles import fold_everything
from domain.use_cases.rollups import Recounted, recount

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
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


ATTEMPTS = 5


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
        for _ in range(ATTEMPTS):
            if (profile := await self._linked_before(anonymous_id, user_id)) is not None:
                return profile
            with suppress(Gone):
                return await self._link(anonymous_id, user_id, noted_as)
        raise Unavailable("others are linking or erasing the users")

    async def _linked_before(self, anonymous_id: UserId, user_id: UserId) -> Profile | None:
        """The known user's profile, if so. Else both users are there."""
        async with self.begin() as work:
            met = await work.profiles.of_users([anonymous_id, user_id])
            if _is_linked(met, anonymous_id, user_id):
                return met[user_id]
            # Durable before anything is held: a tracker of both waits for who is new while it holds who is not.
            for new in sorted({anonymous_id, user_id} - met.keys()):
                await work.profiles.lock(new)
            await work.commit()
        return None

    async def _link(self, anonymous_id: UserId, user_id: UserId, noted_as: UserId | None) -> Profile:
        await self.decide.settle()  # what the anonymous user got just now is to be joined, too
        async with self.begin() as work:
            linked, written = await self._join(work, anonymous_id, user_id)
            if noted_as is not None:
                await work.audit_log.note(_note(self.writer.clock.now(), noted_as, user_id, linked))
            await work.commit()
        await self.writer.tell([written])
        if written.cause is UpdateCause.PRIVACY_CHANGED:
            await self.decide.forget(user_id)
        await self.forget([anonymous_id], user_id)
        self._count(linked)
        return written.profile

    async def _join(self, work: UnitOfWork, anonymous_id: UserId, user_id: UserId) -> tuple[Linked, Written]:
        # In one order, so that nobody waits crosswise for a profile. Whoever was erased just now is not made again
        # here: a tracker of both would wait for that one, holding the other, and be waited for.
        locked = {one: await work.profiles.lock(one, must_exist=True) for one in sorted((anonymous_id, user_id))}
        if await work.links.aliases_of(anonymous_id):
            raise Refused.because("IS_KNOWN", "others are linked to this user, who is not anonymous", "anonymousId")
        if len(await work.links.aliases_of(user_id)) >= MAX_ALIASES:
            raise Refused.because("TOO_MANY", f"at most {MAX_ALIASES:,} ids are linked to one user", "userId")
        known, anonymous = locked[user_id], locked[anonymous_id]
        # Neither counts in any sum any more; the one user they are is counted afresh below.
        for one in locked:
            await withdraw(work, one)
        await recount(work, [Recounted(counted(anonymous.footprint), NO_FOOTPRINT)])
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
        written = await self.writer.write(work, known, scored, cause)
        if joined.choice.enabled:
            anew = Folded(known.profile, written.profile, scored.folded_through)
            await count_outcomes(work, [anew], self.writer.rules.known.rule_set)
        return linked, written

    async def _folded(self, work: UnitOfWork, stored: StoredProfile) -> StoredProfile:
        """From scratch: what the anonymous user did lies between what the known one did."""
        (scored,) = await self.writer.scored([await fold_everything(work, stored)])
        return scored

    def _count(self, linked: Linked) -> None:
        self.counters.add(Counter.USERS_LINKED)
        self.counters.add(Counter.LINKS_IN_RUNS, linked.runs)
        self.counters.add(Counter.LINK_CONFLICTS, linked.conflicts)


def _is_linked(met: Mapping[UserId, Profile], anonymous_id: UserId, user_id: UserId) -> bool:
    """Raises `Refused` when either is an alias of somebody else, who is not named: that would tell who they are."""
    anonymous, known = (met.get(one, Profile(one)) for one in (anonymous_id, user_id))
    if known.linked_to is not None:
        raise Refused.because("IS_ALIAS", "this id is itself linked to a known user: link to that one", "userId")
    if anonymous.linked_to not in {None, user_id}:
        raise Refused.because("ALREADY_LINKED", "this id is linked to another user, and stays so", "anonymousId")
    return anonymous.linked_to is not None


def _note(at: datetime, actor: UserId, user_id: UserId, linked: Linked) -> DefinitionChange:
    """Names the user only where erasing finds it."""
    after = {"interactions": linked.interactions, "runs": linked.runs, "conflicts": linked.conflicts}
    return DefinitionChange(at, actor, AuditAction.USERS_LINKED, "an anonymous user", after=after, about=user_id)
