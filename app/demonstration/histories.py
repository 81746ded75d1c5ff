"""How did the simulated weeks go? Lived through day by day, by the product's own use cases at their own time.

Every visit asks for a config and gets it; exposures, what was done and the profiles are written as they would have been
on that day. All of it is one transaction: an engine that runs meanwhile sees nothing of it before everything is there,
and changes of rules wait.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from app.demo import DEMO_ADMIN, define_demo
from app.demonstration.personas import PREFIX, simulated_people
from app.demonstration.trials import SEGMENT, TRAIT, TRIALS
from app.demonstration.visits import PLACE, Visit, interactions_of
from app.wiring import adapters, assemble, joint_units_of_work
from domain.errors import OperationRefused
from domain.model.contexts import Context
from domain.model.news import InteractionsTracked, ProfileChanged, SegmentChanged
from domain.model.pages import PageRequest
from domain.model.profiles import Preferences
from domain.model.rules import RuleStatus
from domain.ports.profiles import UserFilter
from domain.rules.interactions import MAX_BATCH
from domain.use_cases.profiles import PreferencesChange

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence

    from app.settings import Settings
    from app.wiring import Adapters
    from domain.model.catalogues import Catalogue
    from domain.model.interactions import Interaction
    from domain.model.json_values import JsonObject
    from domain.model.news import News
    from domain.model.profiles import Profile
    from domain.model.rules import RuleId
    from domain.model.users import UserId
    from domain.ports.units_of_work import UnitsOfWork
    from domain.use_cases.applications import Applications

DAYS = 42
HOLDOUT = 0.12
"""Of all users, while the simulated weeks last: so there is something to compare the whole programme with."""

FOLDED_AT_ONCE = 500


class RealUsers(OperationRefused):
    """Figures of real users would be mixed with made-up ones."""

    code = "REAL_USERS"


@dataclass(frozen=True, slots=True)
class Crowd:
    """So many users, made up from a seed."""

    users: int = 400
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Filled:
    """What was added; nothing, if it had been done before."""

    users: int = 0
    interactions: int = 0


@dataclass(slots=True)
class PastClock:
    """Stands still until it is set."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant

    async def wait_until(self, instant: datetime) -> None:
        raise RuntimeError(f"nobody waits for {instant} in the past")


class WithheldBus:
    """Keeps what is news for everybody until it can be told; what users did weeks ago is none."""

    def __init__(self) -> None:
        self.kept: list[News] = []

    async def publish(self, *news: News) -> None:
        self.kept += [one for one in news if not isinstance(one, ProfileChanged | SegmentChanged | InteractionsTracked)]

    def listen(self) -> AsyncIterator[News]:
        raise RuntimeError("nobody listens to the past")


class NoProfileCache:
    """Keeps nothing: others would find there what is not stored yet."""

    async def get(self, _user_id: UserId) -> Profile | None:
        return None

    async def put(self, *_profiles: Profile) -> None:
        pass

    async def forget(self, _user_id: UserId) -> None:
        pass


async def fill(settings: Settings, crowd: Crowd, *, anyway: bool, told: Callable[[int, int], None]) -> Filled:
    """Fill the engine with simulated users: all of it or nothing. `told` hears of every day gone by, of how many.

    Raises `RealUsers` where there are others than those of the demo, unless `anyway`.
    """
    bus = WithheldBus()
    async with adapters(settings) as parts:
        async with joint_units_of_work(settings) as begin:
            if await _is_filled(begin):
                return Filled()
            if not anyway:
                await _refuse_real_users(begin)
            past = replace(parts, begin=begin, bus=bus, profile_cache=NoProfileCache())
            history = _History(past, crowd, parts.clock.now())
            filled = await history.live(told)
        await parts.bus.publish(*bus.kept, InteractionsTracked())
    return filled


async def _is_filled(begin: UnitsOfWork) -> bool:
    async with begin() as work:
        return await work.segments.get(SEGMENT.key) is not None


async def _refuse_real_users(begin: UnitsOfWork) -> None:
    async with begin() as work:
        found = await work.profiles.page(UserFilter(), PageRequest(first=100))
    if real := [one for one in found.items if not one.startswith((PREFIX, "demo"))]:
        raise RealUsers(
            f"this engine has users who are not simulated, like {real[0]}: their figures would be mixed with made-up "
            "ones; give --anyway if that is wanted, or another --data-dir"
        )


class _History:
    """An engine that lives in the past, with everybody who comes."""

    def __init__(self, parts: Adapters, crowd: Crowd, now: datetime) -> None:
        self._begins_at = datetime(now.year, now.month, now.day, tzinfo=UTC) - timedelta(days=DAYS - 1)
        self._ends_at = now
        self._people = simulated_people(crowd.users, crowd.seed, self._begins_at, DAYS)
        self._clock = PastClock(self._begins_at)
        self._engine = assemble(replace(parts, clock=self._clock))
        self._tried: dict[str, RuleId] = {}
        self._interactions = 0

    async def live(self, told: Callable[[int, int], None]) -> Filled:
        await self._define()
        for day in range(DAYS):
            self._set(self._begins_at + timedelta(days=day))
            await self._try(day)
            await self._live_day(day)
            told(day + 1, DAYS)
        self._set(self._ends_at)
        await self._fold()
        await self._engine.use_cases.save_catalogue(await self._catalogue(holdout=0.0), DEMO_ADMIN)
        return Filled(len(self._people), self._interactions)

    async def _define(self) -> None:
        await define_demo(self._engine)
        use_cases = self._engine.use_cases
        await use_cases.rules.refresh()
        await use_cases.save_segment(SEGMENT, DEMO_ADMIN)
        await use_cases.save_catalogue(await self._catalogue(HOLDOUT), DEMO_ADMIN)

    async def _catalogue(self, holdout: float) -> Catalogue:
        loaded = await self._engine.use_cases.rules.refresh()
        return replace(loaded.rule_set.catalogue, holdout=holdout)

    async def _try(self, day: int) -> None:
        """Begin and end what is tried."""
        use_cases = self._engine.use_cases
        for trial in TRIALS:
            if trial.begins_on == day:
                rule = await use_cases.create_rule(trial.content, DEMO_ADMIN)
                active = await use_cases.set_rule_status(rule.id, rule.revision, RuleStatus.ACTIVE, DEMO_ADMIN)
                await use_cases.start_experiment(active.id, DEMO_ADMIN)
                self._tried[trial.content.key] = active.id
            if trial.ends_on == day and trial.winner is not None:
                await use_cases.conclude_experiment(self._tried[trial.content.key], trial.winner, DEMO_ADMIN)
        await self._engine.use_cases.rules.refresh()

    async def _live_day(self, day: int) -> None:
        visits = self._visits(day)
        await self._meet(one for one in visits if one.number == 0)
        done = await self._do(visits)
        self._set(min(self._begins_at + timedelta(days=day + 1, microseconds=-1), self._ends_at))
        await self._applications.write(everything=True)
        for start in range(0, len(done), MAX_BATCH):
            await self._engine.use_cases.track(done[start : start + MAX_BATCH])
        self._interactions += len(done)
        await self._fold()

    def _visits(self, day: int) -> list[Visit]:
        """Of that day, as far as they are over by now."""
        begins = self._begins_at + timedelta(days=day)
        ends = min(begins + timedelta(days=1), self._ends_at - timedelta(hours=1))
        visits = (
            Visit(person, number, at)
            for person in self._people
            for number, at in enumerate(person.visits)
            if begins <= at < ends
        )
        return sorted(visits, key=lambda visit: (visit.at, visit.person.user_id))

    async def _meet(self, first: Iterable[Visit]) -> None:
        """Whoever comes for the first time is said to be simulated."""
        for visit in first:
            self._set(max(self._clock.instant, visit.at))
            traits: JsonObject = {TRAIT: True, "persona": visit.person.persona.name}
            unchanged = PreferencesChange(Preferences(), frozenset())
            await self._engine.use_cases.update_profile(visit.person.user_id, traits, unchanged)

    async def _do(self, visits: Sequence[Visit]) -> list[Interaction]:
        use_cases = self._engine.use_cases
        profiles = await use_cases.profiles.get_many([visit.person.user_id for visit in visits])
        done: list[Interaction] = []
        for visit, profile in zip(visits, profiles, strict=True):
            self._set(max(self._clock.instant, visit.at))
            context = Context(PLACE, visit.device)
            decided = await use_cases.decide(visit.person.user_id, context, profile)
            self._applications.note(visit.person.user_id, decided.config, decided.profile)
            done.extend(interactions_of(visit, decided.config))
        return done

    async def _fold(self) -> None:
        """Many at once: nobody else waits for a turn."""
        while await self._engine.worker.fold(FOLDED_AT_ONCE):
            pass

    @property
    def _applications(self) -> Applications:
        return self._engine.use_cases.applications

    def _set(self, instant: datetime) -> None:
        self._clock.instant = instant
