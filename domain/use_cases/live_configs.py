"""Who has to be sent a new config, and when: for every open subscription of this process.

Subscriptions for the same user in the same context are one watch: news of it is looked at once, and the first of them
that wants to go on decides for all. Each goes on at its own pace, and sends only what differs from what it sent before.
So the latest config always wins, and a client that reads slowly costs nobody anything.
"""

from __future__ import annotations

import asyncio
import heapq
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Literal, TypeAlias

from domain.model.configs import ConfigSource, ConfigUpdate, UpdateCause
from domain.ports.counters import Counter
from domain.rules.decisions import changed_slots, concerns
from domain.rules.rule_sets import applies_at
from domain.rules.situations import Situation
from domain.use_cases.configs import context_key

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable
    from datetime import datetime

    from domain.model.configs import Config, Slot
    from domain.model.contexts import Context
    from domain.model.users import UserId
    from domain.ports.clock import Clock
    from domain.ports.counters import Counters
    from domain.rules.rule_sets import RuleChange, RuleSet
    from domain.use_cases.applications import Applications
    from domain.use_cases.configs import DecideConfig, Decided

WATCHES_PER_TURN = 100
"""After so many subscriptions the others on the event loop get a turn."""

MOST_CHANGES_ASKED = 20
"""If more rules than this change at once, nobody is asked whom they concern."""


@dataclass(slots=True, eq=False)
class _Watch:
    """One user in one context, followed by open subscriptions: what was decided last, and what came up since."""

    user_id: UserId
    context: Context
    key: str
    followers: int = 0
    news: int = 0
    cause: UpdateCause = UpdateCause.RESYNCHRONISED
    decided: Decided | None = None
    decided_for_news: int = 0
    decided_because: UpdateCause = UpdateCause.RESYNCHRONISED
    deciding: asyncio.Lock = field(default_factory=asyncio.Lock)
    _waiting: set[asyncio.Future[None]] = field(default_factory=set)

    @property
    def profile_revision(self) -> int | None:
        """Of the profile decided from last; `None` when there was none to decide from."""
        profile = self.decided.profile if self.decided is not None else None
        return profile.revision if profile is not None else None

    @property
    def is_behind(self) -> bool:
        return self.news != self.decided_for_news

    def join(self) -> None:
        """Somebody else follows, who is sent first what is decided from now on: the others need not hear of it."""
        self.followers += 1
        if not self.is_behind:
            self.cause = UpdateCause.RESYNCHRONISED
        self.news += 1

    def mark(self, cause: UpdateCause) -> None:
        self.cause = cause
        self.news += 1
        self.wake()

    def wake(self) -> None:
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)

    async def moves_on_from(self, taken: Decided) -> None:
        """Return once there is something to decide, or somebody else has decided since."""
        while self.decided is taken and not self.is_behind:
            waiting = asyncio.get_running_loop().create_future()
            self._waiting.add(waiting)
            try:
                await waiting
            finally:
                self._waiting.discard(waiting)


@dataclass(slots=True, eq=False)
class _Follower:
    """One open subscription. It leaves its watch for another when its user turns out to be somebody's alias."""

    watch: _Watch
    through_links: bool


class LiveConfigs:
    def __init__(self, decide: DecideConfig, applications: Applications, clock: Clock, counters: Counters) -> None:
        self._decide = decide
        self._applications = applications
        self._clock = clock
        self._counters = counters
        self._watches: dict[UserId, dict[str, _Watch]] = {}
        self._undecided: set[_Watch] = set()
        self._alarms = _Alarms(clock)
        self._last_difference: tuple[tuple[str, str], tuple[Slot, ...]] = (("", ""), ())

    async def follow(
        self,
        user_id: UserId,
        context: Context,
        known_revision: str | None = None,
        *,
        reaches_user: bool = True,
        through_links: bool = False,
    ) -> AsyncGenerator[ConfigUpdate, None]:
        """The config as it is now, unless the client knows it, then every config that differs from the one before.

        `reaches_user`: what is sent is delivered to the user, not to somebody who looks over their shoulder.
        `through_links`: of an id that is, or becomes, an alias the config is that of the user whom it stands for.
        """
        follower = _Follower(self._joined(user_id, context), through_links)
        try:
            decided = await self._latest(follower)
            sent = decided.config
            if reaches_user:
                self._note(follower, decided)  # a config that the client knows is one that it shows
            if sent.revision != known_revision:
                yield ConfigUpdate(sent, UpdateCause.SUBSCRIBED)
            while True:
                await follower.watch.moves_on_from(decided)
                decided = await self._latest(follower)
                config = decided.config
                # A default for want of anything known tells less than what was sent already.
                if config.revision != sent.revision and config.source is not ConfigSource.DEFAULT:
                    self._counters.add(Counter.CONFIGS_PUSHED)
                    update = ConfigUpdate(config, follower.watch.decided_because, self._changed_slots(sent, config))
                    sent = config
                    if reaches_user:
                        self._note(follower, decided)
                    yield update
        finally:
            self._leave(follower.watch)

    def users(self) -> list[UserId]:
        """Whose configs are being followed."""
        return list(self._watches)

    def __len__(self) -> int:
        return sum(watch.followers for watch in self._all())

    def profile_changed(self, user_id: UserId, revision: int, cause: UpdateCause) -> None:
        """The profile has this revision now."""
        for watch in self._of(user_id):
            if watch.profile_revision is None or watch.profile_revision < revision:
                watch.mark(cause)

    def profile_is_at(self, user_id: UserId, revision: int) -> None:
        """The database has this revision: it may even be smaller, when the user was erased."""
        for watch in self._of(user_id):
            if watch.profile_revision != revision:
                watch.mark(UpdateCause.RESYNCHRONISED)

    def profile_is_another(self, user_id: UserId) -> None:
        """Whatever was decided from: there is no such profile any more."""
        for watch in self._of(user_id):
            watch.mark(UpdateCause.RESYNCHRONISED)

    def stores_answer(self) -> None:
        """Who got what was known last, or a default, can be decided for again."""
        for watch in self._undecided:
            watch.mark(UpdateCause.RESYNCHRONISED)

    async def rules_changed(self, before: RuleSet, after: RuleSet) -> None:
        """Mark those whom the changed rules concern: one evaluation of each changed rule, before and after.

        After many changes everybody decides again: the index makes that cheaper than asking each changed rule.
        """
        changed = before.changes_to(after)
        if len(changed) > MOST_CHANGES_ASKED:
            await self.everything_may_have_changed(UpdateCause.RULE_CHANGED)
            return
        watches_per_turn = WATCHES_PER_TURN // max(len(changed), 1)
        for number, watch in enumerate(list(self._all()), 1):
            if self._concerns(watch, changed):
                watch.mark(UpdateCause.RULE_CHANGED)
            if number % watches_per_turn == 0:
                await asyncio.sleep(0)

    async def everything_may_have_changed(self, cause: UpdateCause) -> None:
        for number, watch in enumerate(list(self._all()), 1):
            watch.mark(cause)
            if number % WATCHES_PER_TURN == 0:
                await asyncio.sleep(0)

    async def run(self) -> None:
        """Mark, for ever, every subscription at the instant until which its config holds."""
        await self._alarms.run()

    def _changed_slots(self, before: Config, after: Config) -> tuple[Slot, ...]:
        """Most of those whom one change concerns had the same config before and have the same one after."""
        revisions = (before.revision, after.revision)
        if revisions != self._last_difference[0]:
            self._last_difference = (revisions, changed_slots(before, after))
        return self._last_difference[1]

    def _all(self) -> Iterable[_Watch]:
        for watches in list(self._watches.values()):
            yield from tuple(watches.values())

    def _of(self, user_id: UserId) -> Iterable[_Watch]:
        return tuple(self._watches.get(user_id, {}).values())

    def _concerns(self, watch: _Watch, changes: Iterable[RuleChange]) -> bool:
        """Could the changes make a difference now? If not now, an alarm is set for when they could."""
        decided = watch.decided
        if decided is None or decided.profile is None:
            return True
        situation = Situation(decided.profile, watch.context, self._clock.now())
        for change in changes:
            if concerns(change, situation):
                return True
            after = change[1]
            if after is not None and applies_at(after, watch.context.place):
                self._alarms.set_if_any(watch, after.predicate.changes_at(situation))
        return False

    async def _latest(self, follower: _Follower) -> Decided:
        decided = await self._decided(follower.watch)
        profile = decided.profile
        if follower.through_links and profile is not None and profile.linked_to is not None:
            alias = follower.watch
            follower.watch = self._joined(profile.linked_to, alias.context)
            self._leave(alias)
            decided = await self._decided(follower.watch)
        return decided

    async def _decided(self, watch: _Watch) -> Decided:
        """By whoever is the first to ask since something came up; the others wait for it."""
        async with watch.deciding:
            if watch.decided is None or watch.is_behind:
                watch.decided = await self._decide_again(watch)
            return watch.decided

    async def _decide_again(self, watch: _Watch) -> Decided:
        news, cause = watch.news, watch.cause
        decided = await self._decide(watch.user_id, watch.context)
        watch.decided_for_news, watch.decided_because = news, cause
        if watch.decided is not None and watch.decided.config.revision != decided.config.revision:
            watch.wake()  # those who follow it already, when it was decided for somebody who has come
        if decided.profile is None:
            self._undecided.add(watch)
        else:
            self._undecided.discard(watch)
        config = decided.config
        if config.holds_at(self._clock.now()):  # what was known last may have ended long ago
            self._alarms.set_if_any(watch, config.holds_until)
        return decided

    def _note(self, follower: _Follower, decided: Decided) -> None:
        self._applications.note(follower.watch.user_id, decided.config, decided.profile)

    def _joined(self, user_id: UserId, context: Context) -> _Watch:
        """Before anything is decided for this user: no news of them is missed."""
        key = context_key(context)  # to Python, but not to every condition, 1 and true are equal
        watches = self._watches.setdefault(user_id, {})
        watch = watches.get(key)
        if watch is None:
            watch = watches[key] = _Watch(user_id, context, key)
        watch.join()
        return watch

    def _leave(self, watch: _Watch) -> None:
        watch.followers -= 1
        if watch.followers:
            return
        watches = self._watches[watch.user_id]
        del watches[watch.key]
        if not watches:
            del self._watches[watch.user_id]
        self._undecided.discard(watch)
        self._alarms.forget(watch)


_Alarm: TypeAlias = "tuple[datetime, int, _Watch]"


class _Alarms:
    """Marks watches at instants. An earlier alarm of the same watch replaces a later one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._queue: list[_Alarm] = []
        self._set: dict[_Watch, _Alarm] = {}
        self._order = count()
        self._changed = asyncio.Event()

    def set_if_any(self, watch: _Watch, instant: datetime | None) -> None:
        known = self._set.get(watch)
        if instant is None or (known is not None and known[0] <= instant):
            return
        self._set[watch] = alarm = (instant, next(self._order), watch)
        heapq.heappush(self._queue, alarm)
        self._tidy()
        self._changed.set()

    def forget(self, watch: _Watch) -> None:
        self._set.pop(watch, None)
        self._tidy()

    def _tidy(self) -> None:
        """Replaced and forgotten alarms stay in the queue only until they are more than those that are set."""
        if len(self._queue) > 2 * len(self._set) + WATCHES_PER_TURN:
            self._queue = list(self._set.values())
            heapq.heapify(self._queue)

    async def run(self) -> None:
        while True:
            self._ring(self._clock.now())
            self._changed.clear()
            changed = asyncio.ensure_future(self._changed.wait())
            waits = [changed]
            if self._queue:
                waits.append(asyncio.ensure_future(self._due(self._queue[0][0])))
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()

    async def _due(self, instant: datetime) -> Literal[True]:
        await self._clock.wait_until(instant)
        return True

    def _ring(self, now: datetime) -> None:
        while self._queue and self._queue[0][0] <= now:
            alarm = heapq.heappop(self._queue)
            watch = alarm[2]
            if self._set.get(watch) is alarm:
                del self._set[watch]
                watch.mark(UpdateCause.SCHEDULE)
