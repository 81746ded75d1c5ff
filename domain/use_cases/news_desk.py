"""What this process does about each piece of news: the one place that listens to the bus."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from domain.errors import Unavailable
from domain.model.configs import UpdateCause
from domain.model.news import (
    CatalogueChanged,
    InteractionsTracked,
    ModelsChanged,
    ProfileChanged,
    Resynchronised,
    RollUpsMerged,
    RuleChanged,
    RuleReallocated,
    RulesImported,
    SegmentChanged,
    SegmentsRedefined,
    UserErased,
    UsersLinked,
)
from domain.use_cases.live_feeds import Feed
from domain.use_cases.pulses import Pulse

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from domain.model.news import News
    from domain.model.users import UserId
    from domain.ports.buses import Bus
    from domain.ports.units_of_work import UnitsOfWork
    from domain.rules.rule_sets import RuleSet
    from domain.use_cases.configs import DecideConfig
    from domain.use_cases.current_profiles import CurrentProfiles
    from domain.use_cases.current_rules import CurrentRules
    from domain.use_cases.live_configs import LiveConfigs

USERS_PER_STATEMENT = 1_000


@dataclass(slots=True)
class Feeds:
    """What subscriptions can follow besides configs."""

    profiles: Feed[ProfileChanged | Resynchronised] = field(default_factory=Feed)
    segments: Feed[SegmentChanged] = field(default_factory=Feed)
    rules: Feed[RuleChanged] = field(default_factory=Feed)
    analytics: Pulse = field(default_factory=Pulse)

    def tell(self, news: SegmentChanged | RollUpsMerged) -> None:
        """What concerns nobody but those who follow it."""
        if isinstance(news, SegmentChanged):
            self.segments.tell(news)
        else:
            self.analytics.beat()


@dataclass(slots=True)
class NewsDesk:
    """Brings rules and profiles up to date first, then whoever depends on them."""

    bus: Bus
    begin: UnitsOfWork
    rules: CurrentRules
    profiles: CurrentProfiles
    decide: DecideConfig
    live: LiveConfigs
    feeds: Feeds
    wake_worker: Callable[[], None]
    _seen: RuleSet | None = None
    _listening: bool = False
    _behind: bool = True
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self) -> None:
        """Read the news for ever.

        A process that ended between making a change durable and telling of it told nobody. It is begun again, as this
        one, and everybody looks for what they missed.
        """
        await self.bus.publish(Resynchronised())
        async for news in self.bus.listen():
            await self.hear(news)

    async def hear(self, news: News) -> None:
        """Act on one piece of news. When a store does not answer, what is kept is distrusted until it does."""
        async with self._one_at_a_time:
            if isinstance(news, Resynchronised):
                self._listening = news.listening
            await self._or_behind(self._act(news))

    async def catch_up(self) -> None:
        """Make up for news that could not be acted upon, or never came, now that the stores answer."""
        if self._behind:
            self._behind = False
            await self.hear(Resynchronised(listening=self._listening))
        else:
            async with self._one_at_a_time:
                await self._or_behind(self._refresh_rules())
        self.live.stores_answer()

    async def _or_behind(self, action: Awaitable[None]) -> None:
        try:
            await action
        except Unavailable:
            self._behind = True
            self.profiles.distrust()

    async def _act(self, news: News) -> None:
        match news:
            case InteractionsTracked() | ModelsChanged():
                self.wake_worker()
            case ProfileChanged(user_id, revision, cause):
                if cause is UpdateCause.PRIVACY_CHANGED:
                    self.profiles.drop(user_id)
                    await self.decide.forget(user_id)
                self.profiles.heard(user_id, revision)
                self.live.profile_changed(user_id, revision, cause)
                self.feeds.profiles.tell(news)
            case UserErased(user_id) | UsersLinked(user_id, _):
                await self._forget(user_id, linked=isinstance(news, UsersLinked))
            case SegmentChanged() | RollUpsMerged():
                self.feeds.tell(news)
            case RuleChanged() | RuleReallocated():
                await self._rule_moved(news)
            case RulesImported() | CatalogueChanged():
                await self._rule_set_replaced(news)
            case SegmentsRedefined():
                await self.rules.refresh()
                self.wake_worker()
            case Resynchronised(listening):
                await self._resynchronise(listening=listening)

    async def _forget(self, user_id: UserId, *, linked: bool) -> None:
        """Nothing is known of the id any more, and whoever followed it may have to follow another.

        What was delivered to who was linked is not lost: it is recorded for whom they turned out to be.
        """
        if linked:
            await self.decide.settle()
        await self.profiles.forget(user_id)
        await self.decide.forget(user_id)
        self.live.profile_is_another(user_id)
        self.feeds.profiles.tell(ProfileChanged(user_id, 0, UpdateCause.RESYNCHRONISED))

    async def _resynchronise(self, *, listening: bool) -> None:
        if listening:
            self.profiles.resynchronise()
        else:
            self.profiles.distrust()
        await self._refresh_rules()
        await self._profiles_moved()
        self.feeds.profiles.tell(Resynchronised(listening=listening))
        self.feeds.analytics.beat()
        self.wake_worker()

    async def _rule_moved(self, news: RuleChanged | RuleReallocated) -> None:
        await self.rules.apply(news)
        await self._rules_moved()
        if isinstance(news, RuleChanged):  # nobody changed what a bandit only reallocated
            self.feeds.rules.tell(news)

    async def _rule_set_replaced(self, news: RulesImported | CatalogueChanged) -> None:
        await self._refresh_rules()
        if isinstance(news, RulesImported):
            for change in news.changes:
                self.feeds.rules.tell(change)

    async def _refresh_rules(self) -> None:
        await self.rules.refresh()
        await self._rules_moved()

    async def _rules_moved(self) -> None:
        after = self.rules.known.rule_set
        before, self._seen = self._seen, after
        if before is not after:
            self.feeds.analytics.beat()  # they count the rules and experiments there are
        if before is None:
            await self.live.everything_may_have_changed(UpdateCause.RESYNCHRONISED)
        elif before.catalogue != after.catalogue:
            await self.live.everything_may_have_changed(UpdateCause.CATALOGUE_CHANGED)
        elif before.revision != after.revision:
            await self.live.rules_changed(before, after)

    async def _profiles_moved(self) -> None:
        """Everybody whose profile in the database is not the one their open pages were decided from."""
        for some in batched(self.live.users(), USERS_PER_STATEMENT):
            async with self.begin() as work:
                revisions = await work.profiles.revisions(some)
            for user_id, revision in revisions.items():
                self.profiles.heard(user_id, revision)  # the cache may not have heard of it
            for user_id in some:
                self.live.profile_is_at(user_id, revisions.get(user_id, 0))


def batched(users: Sequence[UserId], size: int) -> Iterator[Sequence[UserId]]:
    for start in range(0, len(users), size):
        yield users[start : start + size]
