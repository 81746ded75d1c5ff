"""How users choose whether they are personalized, and how they are erased."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from domain.errors import Unavailable
from domain.model.configs import UpdateCause
from domain.model.footprints import NO_FOOTPRINT
from domain.model.news import UserErased
from domain.model.users import PersonalizationChoice
from domain.rules.rollups.footprints import counted
from domain.use_cases.outcomes import Folded, count_outcomes, withdraw
from domain.use_cases.profiles import fold_new
from domain.use_cases.rollups import Recounted, recount

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.model.users import UserId
    from domain.ports.buses import Bus
    from domain.ports.units_of_work import UnitOfWork, UnitsOfWork
    from domain.use_cases.configs import DecideConfig
    from domain.use_cases.current_profiles import CurrentProfiles
    from domain.use_cases.links import ForgetAliases
    from domain.use_cases.profiles import ProfileWriter


ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class SetPersonalization:
    """From the moment this returns, who opted out gets the default config, is not tracked and not profiled.

    `use_of_models`: `None` for what was chosen before, which is to allow it until something else was chosen.
    """

    begin: UnitsOfWork
    writer: ProfileWriter
    decide: DecideConfig
    forget: ForgetAliases

    async def __call__(self, user_id: UserId, *, enabled: bool, use_of_models: bool | None) -> PersonalizationChoice:
        async with self.begin() as work:
            stored = await work.profiles.lock(user_id)
            models = stored.profile.choice.use_of_models if use_of_models is None else use_of_models
            choice = PersonalizationChoice(enabled, models, self.writer.clock.now())
            await work.users.choose(user_id, choice)
            # Opting out unmarks the user: what was tracked before is folded on coming back.
            known = await fold_new(work, stored) if enabled else stored
            # Scored by no model yet: where that is allowed, the worker catches up on it.
            chosen = replace(known, profile=replace(known.profile, choice=choice), scored_by=0)
            written = await self.writer.write(work, stored, chosen, UpdateCause.PRIVACY_CHANGED)
            # Who opted out stood in no segment: who comes back, in those of now.
            await self._count(work, Folded(written.profile, written.profile, chosen.folded_through))
            aliases = await work.links.aliases_of(user_id)
            await work.commit()
        await self.writer.tell([written])
        await self.decide.forget(user_id)
        await self.forget(aliases, user_id)
        return choice

    async def _count(self, work: UnitOfWork, folded: Folded) -> None:
        """What was folded on coming back counts; of who opted out, nothing does any more."""
        if folded.profile.choice.enabled:
            await count_outcomes(work, [folded], self.writer.rules.known.rule_set)
        else:
            await withdraw(work, folded.user_id)


@dataclass(frozen=True, slots=True)
class EraseUser:
    """Removes everything stored about a user, in tables and caches; what is tracked afterwards starts afresh.

    Aliases go with their user, and are nobody's from then on.
    """

    begin: UnitsOfWork
    bus: Bus
    profiles: CurrentProfiles
    decide: DecideConfig

    async def __call__(self, user_id: UserId) -> bool:
        erased, aliases = await self._erase(user_id)
        for each in (user_id, *aliases):
            await self.profiles.forget(each)
            await self.decide.forget(each)
        await self.bus.publish(*(UserErased(each) for each in (user_id, *aliases)))
        return erased

    async def _erase(self, user_id: UserId) -> tuple[bool, Sequence[UserId]]:
        """Whoever was linked while this waited for others would be locked after them: then it is begun again."""
        for _ in range(ATTEMPTS):
            async with self.begin() as work:
                aliases = await work.links.hold(user_id)
                if aliases == await work.links.aliases_of(user_id):
                    await self._withdraw(work, user_id)
                    erased = await work.users.erase(user_id)
                    await work.commit()
                    return erased, aliases
        raise Unavailable("others are being linked to the user")

    async def _withdraw(self, work: UnitOfWork, user_id: UserId) -> None:
        """The user counts in no sum any more."""
        await work.exposures.hold(user_id)
        await withdraw(work, user_id)
        footprint = await work.profiles.hold_footprint(user_id)
        await recount(work, [Recounted(counted(footprint), NO_FOOTPRINT)])
