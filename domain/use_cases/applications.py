"""What rules were really delivered to users, noted in passing, and made durable within a second.

A request only notes what it answers. First exposures are written at the next turn, counts of what is known much later:
a first exposure is a fact, how often a rule applied is a figure. Until everybody knows of a first exposure, this
process decides as if it were stored already: nobody gets another variation because a rule changed meanwhile.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from domain.errors import Unavailable
from domain.model.assignments import StickyVariation
from domain.model.configs import ConfigSource, UpdateCause
from domain.model.experiments import NO_RUN
from domain.model.news import ProfileChanged
from domain.ports.assignments import Application
from domain.ports.counters import Counter
from domain.use_cases.deliveries import deliveries

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from domain.model.assignments import Applied
    from domain.model.configs import Config
    from domain.model.profiles import Profile
    from domain.model.rules import RuleId
    from domain.model.users import UserId
    from domain.ports.assignments import AssignmentKey
    from domain.ports.buses import Bus
    from domain.ports.clock import Clock
    from domain.ports.counters import Counters
    from domain.ports.units_of_work import UnitsOfWork
    from domain.use_cases.current_profiles import CurrentProfiles

WRITE_EVERY = timedelta(seconds=0.5)
COUNTS_EVERY = timedelta(seconds=30)

APPLICATIONS_PER_UNIT_OF_WORK = 1_000
"""The profiles of so many users are held meanwhile."""

MAX_WAITING = 100_000
"""So many users and rules wait to be written, first exposures and counts each; what is more is lost, and counted."""

MAX_USERS_KNOWN = 50_000
"""Of so many users it is remembered what is written: the others' counts are written as early as first exposures."""


SORTED_AT_A_STRETCH = 200
"""So many deliveries are looked at, then requests get a turn: one costs some microseconds a rule."""

K = TypeVar("K", bound="tuple[Any, ...]")
V = TypeVar("V")
_Key: TypeAlias = "tuple[UserId, RuleId, int]"
"""What an `AssignmentKey` is, made in less time."""

_DeliveryKey: TypeAlias = "tuple[UserId, int]"
"""Of whom, and the identity of what applied: a config at hand is delivered again and again."""


@dataclass(slots=True)
class _Delivery:
    """What was delivered, and how often since it was looked at last."""

    applied: tuple[Applied, ...]
    profile: Profile | None
    first_at: datetime
    last_at: datetime
    times: int = 1

    def of(self, applied: Applied) -> _Waiting:
        was_known = self.profile is None or self.profile.is_known
        return _Waiting(applied, self.first_at, self.last_at, self.times, was_known)


@dataclass(slots=True)
class _Waiting:
    """An application that is not written yet; frozen ones would take too long to make and to count on."""

    applied: Applied
    first_at: datetime
    last_at: datetime
    times: int
    was_known: bool

    def of(self, user_id: UserId) -> Application:
        return Application(user_id, self.applied, self.first_at, self.last_at, self.times, self.was_known)


class Applications:
    """Keeps what cannot be written, up to a limit, for as long as the process lives."""

    def __init__(
        self,
        *,
        begin: UnitsOfWork,
        bus: Bus,
        profiles: CurrentProfiles,
        clock: Clock,
        counters: Counters,
        limit: int = MAX_WAITING,
    ) -> None:
        self._limit = limit
        self._begin = begin
        self._bus = bus
        self._profiles = profiles
        self._clock = clock
        self._counters = counters
        self._delivered: dict[_DeliveryKey, _Delivery] = {}
        self._fresh: list[_DeliveryKey] = []
        self._first: dict[_Key, _Waiting] = {}
        self._counts: dict[_Key, _Waiting] = {}
        self._counts_due_at = clock.now() + COUNTS_EVERY
        self._unwritten: dict[UserId, dict[RuleId, StickyVariation]] = {}
        self._just_written: list[_Key] = []
        self._known: OrderedDict[UserId, set[_Key]] = OrderedDict()
        self._one_at_a_time = asyncio.Lock()

    def note(self, user_id: UserId, config: Config, profile: Profile | None) -> None:
        """The config is being delivered to its user. `profile`: from which it was decided, if it was."""
        applied = config.applied
        if not applied or config.source is ConfigSource.DEFAULT:
            return
        if profile is not None and profile.linked_to is not None:
            return  # what a stranger gets under an alias is nothing that its user got
        now, key = self._clock.now(), (user_id, id(applied))
        delivery = self._delivered.get(key)
        if delivery is not None:
            if not delivery.times:
                delivery.first_at = now
            delivery.last_at = now
            delivery.times += 1
        elif len(self._delivered) < self._limit:
            self._delivered[key] = _Delivery(applied, profile, now, now)
            self._fresh.append(key)
            self._keep_until_written(user_id, applied, profile)
        else:
            self._counters.add(Counter.APPLICATIONS_LOST, len(applied))

    def ahead(self, profile: Profile) -> Profile:
        """The profile with what its user was assigned and nobody has written yet."""
        unwritten = self._unwritten.get(profile.user_id)
        if unwritten is None:
            return profile
        missing = {rule_id: one for rule_id, one in unwritten.items() if not _knows(profile, rule_id, one.run)}
        if not missing:
            return profile
        ahead = replace(profile, assignments={**profile.assignments, **missing})
        ahead.buckets.update(profile.buckets)
        return ahead

    def forget(self, user_id: UserId) -> None:
        """The user was erased, or chose anew: what was not written yet never will be."""
        self._unwritten.pop(user_id, None)
        self._known.pop(user_id, None)
        _remove(self._delivered, user_id)
        for waiting in (self._first, self._counts):
            _remove(waiting, user_id)

    async def run(self) -> None:
        """Write again and again until cancelled, and then everything that is left."""
        try:
            while True:
                await self._clock.wait_until(self._clock.now() + WRITE_EVERY)
                writing = asyncio.ensure_future(self.write())
                await asyncio.shield(writing)  # interrupted, nobody would know whether it was written
        finally:
            await self.write(everything=True)

    async def write(self, *, everything: bool = False) -> None:
        """Write first exposures, and the counts if they are due. What cannot be written now is kept."""
        async with self._one_at_a_time:
            self._settle()
            await self._sort_fresh()
            try:
                await self._write_all(self._first)
                if everything or self._clock.now() >= self._counts_due_at:
                    await self._sort_all()
                    await self._write_all(self._first)
                    await self._write_all(self._counts)
                    self._counts_due_at = self._clock.now() + COUNTS_EVERY
            except Unavailable:
                return

    def _keep_until_written(self, user_id: UserId, applied: Sequence[Applied], profile: Profile | None) -> None:
        for one in applied:
            if one.run == NO_RUN or _is_kept(profile, one):
                continue
            mine = self._unwritten.setdefault(user_id, {})
            if one.rule_id not in mine or mine[one.rule_id].run < one.run:
                mine[one.rule_id] = StickyVariation(one.run, one.variation, one.probability, one.overridden)

    def _settle(self) -> None:
        """What was written a turn ago is in every profile that is decided from by now."""
        for key in self._just_written:
            self._let_go(key)
        self._just_written.clear()

    def _let_go(self, key: _Key) -> None:
        user_id, rule_id, run = key
        mine = self._unwritten.get(user_id, {})
        if rule_id in mine and mine[rule_id].run <= run:
            del mine[rule_id]
            if not mine:
                del self._unwritten[user_id]

    async def _sort_fresh(self) -> None:
        """Whether anything was a first exposure is asked once of what is delivered again and again."""
        fresh, self._fresh = self._fresh, []
        for number, key in enumerate(fresh, 1):
            if delivery := self._delivered.get(key):  # else the user was forgotten meanwhile
                self._sort_in(key[0], delivery)
                delivery.times = 0
            if number % SORTED_AT_A_STRETCH == 0:
                await asyncio.sleep(0)

    async def _sort_all(self) -> None:
        for number, key in enumerate(list(self._delivered), 1):
            delivery = self._delivered.pop(key, None)
            if delivery is not None and delivery.times:
                self._sort_in(key[0], delivery)
            if number % SORTED_AT_A_STRETCH == 0:
                await asyncio.sleep(0)

    def _sort_in(self, user_id: UserId, delivery: _Delivery) -> None:
        """Into what may be first exposures and what is only to be counted."""
        written = self._known.get(user_id, ())
        for applied in delivery.applied:
            key = (user_id, applied.rule_id, applied.run)
            is_known = key in written or _is_kept(delivery.profile, applied)
            self._wait(self._counts if is_known and key not in self._first else self._first, key, delivery.of(applied))

    def _wait(self, waiting: dict[_Key, _Waiting], key: _Key, one: _Waiting) -> None:
        earlier = waiting.get(key)
        if earlier is not None:
            earlier.last_at = one.last_at
            earlier.times += one.times
        elif len(waiting) < self._limit:
            waiting[key] = one
        else:
            self._counters.add(Counter.APPLICATIONS_LOST, one.times)
            self._let_go(key)

    async def _write_all(self, waiting: dict[_Key, _Waiting]) -> None:
        while waiting:
            some = list(islice(waiting.items(), APPLICATIONS_PER_UNIT_OF_WORK))
            await self._write_some(waiting, [one.of(key[0]) for key, one in some])

    async def _write_some(self, waiting: dict[_Key, _Waiting], some: Sequence[Application]) -> None:
        """Raises what is wrong with a single one, after giving it up: the others are written next time."""
        try:
            revisions = await self._record(some, asks=waiting is self._first)
        except Unavailable:
            raise
        except Exception:
            if len(some) == 1:
                self._give_up(waiting, some[0])
                raise
            half = len(some) // 2
            await self._write_some(waiting, some[:half])
            await self._write_some(waiting, some[half:])
            return
        await self._tell(revisions)
        for one in some:
            if waiting.pop(one.key, None) is not None:  # else the user was forgotten meanwhile
                self._remember(one.key)

    def _give_up(self, waiting: dict[_Key, _Waiting], one: Application) -> None:
        self._counters.add(Counter.APPLICATIONS_LOST, one.times)
        waiting.pop(one.key, None)
        self._let_go(one.key)

    async def _record(self, some: Sequence[Application], *, asks: bool) -> Mapping[UserId, int]:
        """Revisions of profiles that everybody has to hear of.

        With `asks` also of those that, it turns out, knew of the run already: another process was faster, or this one
        wrote it without hearing that it had succeeded, and so told nobody.
        """
        async with self._begin() as work:
            recorded = await work.assignments.record(some)
            await work.rollups.append(deliveries(some))
            revisions = dict(recorded.revisions)
            unheard = {one.user_id for one in some if one.applied.run != NO_RUN} - revisions.keys() if asks else ()
            if unheard:
                revisions |= await work.profiles.revisions(list(unheard))
            await work.commit()
        self._counters.add(Counter.EXPOSURES_RECORDED, len(recorded.first_exposures))
        return revisions

    async def _tell(self, revisions: Mapping[UserId, int]) -> None:
        """Here first: this process need not wait for its own news."""
        for user_id, revision in revisions.items():
            self._profiles.heard(user_id, revision)
        await self._bus.publish(
            *(ProfileChanged(user_id, revision, UpdateCause.PROFILE_CHANGED) for user_id, revision in revisions.items())
        )

    def _remember(self, key: AssignmentKey) -> None:
        if key.run != NO_RUN:
            self._just_written.append(key)
        written = self._known.get(key.user_id)
        if written is None:
            written = self._known[key.user_id] = set()
            if len(self._known) > MAX_USERS_KNOWN:
                self._known.popitem(last=False)
        written.add(key)


def _remove(waiting: dict[K, V], user_id: UserId) -> None:
    for key in [key for key in waiting if key[0] == user_id]:
        del waiting[key]


def _is_kept(profile: Profile | None, applied: Applied) -> bool:
    return applied.run != NO_RUN and profile is not None and _knows(profile, applied.rule_id, applied.run)


def _knows(profile: Profile, rule_id: RuleId, run: int) -> bool:
    known = profile.assignments.get(rule_id)
    return known is not None and known.run >= run
