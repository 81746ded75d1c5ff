"""How do tests drive a whole engine, and know when it has acted on what they did?"""

from __future__ import annotations

import asyncio
from collections import Counter as Tally
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

from app.servants import running
from app.wiring import Engine, adapters, assemble
from domain.model.contexts import Context
from domain.model.interactions import InteractionKey
from domain.model.news import Resynchronised, RuleChanged, SegmentChanged
from domain.model.rules import Rule, RuleChangeKind, RuleContent, RuleId, RuleKey, RuleStatus
from domain.model.segments import SegmentKey
from domain.model.users import UserId
from domain.ports.counters import Counter
from prediction.serving.kinds import KINDS
from tests.builders.rules import DARK

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
    from datetime import datetime

    from app.settings import Settings
    from app.wiring import WrittenCounters
    from domain.model.adaptations import Adaptation
    from domain.model.configs import Config, ConfigUpdate
    from domain.model.interactions import Interaction
    from domain.model.news import News
    from domain.model.profiles import Profile
    from domain.model.trained_models import Artifact
    from domain.ports.buses import Bus
    from domain.ports.interactions import Receipt
    from domain.ports.profiles import ProfileCache, ProfileReads, StoredProfile
    from domain.ports.units_of_work import UnitOfWork, UnitsOfWork
    from prediction.serving.kinds import Kinds
    from resolvers.context import UseCases
    from tests.fakes.clocks import ManualClock

T = TypeVar("T")

ADMIN = UserId("admin")
HERE = Context("dashboard")
PATIENCE_SECONDS = 20.0
"""Only a hung test takes this long."""

_numbers = count()


async def soon(awaited: Awaitable[T]) -> T:
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await awaited


class ObservedBus:
    """The real bus; it knows which news the engine has acted on."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._came = asyncio.Event()
        self.acted_on: list[News] = []

    async def publish(self, *news: News) -> None:
        await self._bus.publish(*news)

    async def listen(self) -> AsyncGenerator[News, None]:
        async for news in self._bus.listen():
            yield news
            self.acted_on.append(news)  # whoever asks for more is done with it
            self._came.set()

    async def until(self, wanted: Callable[[News], bool]) -> None:
        """Return when the engine has acted on such news, or has done so before."""
        while not any(map(wanted, self.acted_on)):
            await self.acts()

    async def acts(self) -> None:
        """Return when the engine has acted on one more piece of news."""
        self._came.clear()
        await soon(self._came.wait())


class Gate:
    """Holds up whoever passes next, when a test says so."""

    def __init__(self) -> None:
        self._is_armed = False
        self._reached = asyncio.Event()
        self._opened = asyncio.Event()

    def hold_next(self) -> None:
        self._is_armed = True
        self._reached.clear()
        self._opened.clear()

    async def reached(self) -> None:
        """Return when somebody is held up."""
        await soon(self._reached.wait())

    def let_go(self) -> None:
        self._opened.set()

    async def pass_through(self) -> None:
        if self._is_armed:
            self._is_armed = False
            self._reached.set()
            await self._opened.wait()


class GatedUnitsOfWork:
    """Real units of work; who has ended one may be held up before going on."""

    def __init__(self, begin: UnitsOfWork) -> None:
        self._begin = begin
        self.gate = Gate()

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[UnitOfWork]:
        async with self._begin() as work:
            yield work
        await self.gate.pass_through()


class GatedProfileReads:
    """Real reads; who has read may be held up before going on."""

    def __init__(self, reads: ProfileReads) -> None:
        self._reads = reads
        self.gate = Gate()

    async def of_user(self, user_id: UserId) -> Profile | None:
        profile = await self._reads.of_user(user_id)
        await self.gate.pass_through()
        return profile


class GatedProfileCache:
    """The real cache; who is about to write may be held up."""

    def __init__(self, cache: ProfileCache) -> None:
        self._cache = cache
        self.writing = Gate()

    async def get(self, user_id: UserId) -> Profile | None:
        return await self._cache.get(user_id)

    async def put(self, *profiles: Profile) -> None:
        await self.writing.pass_through()
        await self._cache.put(*profiles)

    async def forget(self, user_id: UserId) -> None:
        await self._cache.forget(user_id)


class TallyingCounters:
    """The real counters; they also know everything this engine counted."""

    def __init__(self, counters: WrittenCounters) -> None:
        self._counters = counters
        self.tally: Tally[Counter] = Tally()

    def add(self, counter: Counter, amount: int = 1) -> None:
        self.tally[counter] += amount
        self._counters.add(counter, amount)

    async def last_hour(self) -> Mapping[Counter, int]:
        return await self._counters.last_hour()

    async def run(self) -> None:
        await self._counters.run()


@dataclass(frozen=True, slots=True)
class Driven:
    """An engine with what tests do to it again and again."""

    settings: Settings
    engine: Engine
    bus: ObservedBus
    counters: TallyingCounters
    clock: ManualClock
    begin: GatedUnitsOfWork
    reads: GatedProfileReads
    cache: GatedProfileCache
    pages: list[OpenPage] = field(default_factory=list)

    @property
    def use_cases(self) -> UseCases:
        return self.engine.use_cases

    @property
    def decisions(self) -> int:
        """How often `DecideConfig` was called."""
        tally = self.counters.tally
        return tally[Counter.CONFIGS_DECIDED] + tally[Counter.CONFIGS_CACHED] + tally[Counter.CONFIGS_DEGRADED]

    async def settled(self) -> None:
        """Return when the engine has acted on all news told until now, by any engine."""
        mark = UserId(f"mark-{next(_numbers)}")
        await self.bus.publish(SegmentChanged(mark, SegmentKey("none"), joined=True, confidence=1.0, at=self.now()))
        await self.bus.until(lambda news: isinstance(news, SegmentChanged) and news.user_id == mark)

    def now(self) -> datetime:
        return self.clock.now()

    async def track(self, *interactions: Interaction) -> Receipt:
        return await self.use_cases.track(interactions)

    async def fold(self) -> None:
        """Let the worker work until nobody is waiting, and everybody hear of it."""
        await soon(self.engine.worker.fold_all())
        await self.settled()

    async def profile(self, user_id: str) -> Profile:
        """As it is stored."""
        async with self.use_cases.begin() as work:
            return (await work.profiles.of_users([UserId(user_id)]))[UserId(user_id)]

    async def stored(self, user_id: str) -> StoredProfile:
        """With what only those read who write it."""
        async with self.use_cases.begin() as work:
            return await work.profiles.lock(UserId(user_id))

    async def put_in_use(self, *artifacts: Artifact) -> int:
        """Trained models that serve from now on, as soon as a worker looks; their revision."""
        revision = 0
        async with self.use_cases.begin() as work:
            for artifact in artifacts:
                await work.trained_models.add(artifact)
                revision = await work.trained_models.use(artifact.manifest.task, artifact.manifest.version, self.now())
            await work.commit()
        return revision

    async def config(self, user_id: str, context: Context = HERE) -> Config:
        return (await self.use_cases.decide(UserId(user_id), context)).config

    async def rule(self, name: str, *adaptations: Adaptation, **parts: Any) -> Rule:
        """A new rule, active."""
        draft = await self.use_cases.create_rule(content(name, *adaptations, **parts), ADMIN)
        return await self.use_cases.set_rule_status(draft.id, draft.revision, RuleStatus.ACTIVE, ADMIN)

    async def store_silently(self, rule: Rule, kind: RuleChangeKind = RuleChangeKind.UPDATED) -> RuleChanged:
        """What a process does that dies before it tells anybody; the news it would have told."""
        async with self.use_cases.begin() as work:
            if rule.revision == 1:
                await work.rules.add(rule, kind)
            else:
                await work.rules.save(rule, kind)
            revision = await work.rule_sets.advance()
            await work.commit()
        return RuleChanged(rule.id, rule.revision, revision, kind, ADMIN, rule.updated_at)

    def open_page(self, user_id: str, context: Context = HERE, known_revision: str | None = None) -> OpenPage:
        """Closed with the engine."""
        updates = self.engine.live.follow(UserId(user_id), context, known_revision)
        page = OpenPage(updates)
        self.pages.append(page)
        return page


class OpenPage:
    """A page of the host application that follows a config. It reads on while the test does something else."""

    def __init__(self, updates: AsyncGenerator[ConfigUpdate, None]) -> None:
        self._updates = updates
        self._reading: asyncio.Future[ConfigUpdate] | None = None

    def read(self) -> None:
        """Begin to wait for the next update."""
        if self._reading is None:
            self._reading = asyncio.ensure_future(anext(self._updates))

    async def next(self) -> ConfigUpdate:
        self.read()
        assert self._reading is not None
        update = await soon(self._reading)
        self._reading = None
        return update

    @property
    def has_news(self) -> bool:
        return self._reading is not None and self._reading.done()

    async def close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])
        await self._updates.aclose()


@asynccontextmanager
async def driving(settings: Settings, clock: ManualClock, kinds: Kinds = KINDS) -> AsyncIterator[Driven]:
    """A whole engine as one process runs it, except that the worker works only when told."""
    async with adapters(settings) as real:
        bus, counters = ObservedBus(real.bus), TallyingCounters(real.counters)
        begin, cache = GatedUnitsOfWork(real.begin), GatedProfileCache(real.profile_cache)
        reads = GatedProfileReads(real.profile_reads)
        gated = replace(real, begin=begin, profile_reads=reads, profile_cache=cache)
        parts = replace(gated, bus=bus, counters=counters, clock=clock, kinds=kinds)
        driven = Driven(settings, assemble(parts), bus, counters, clock, begin, reads, cache)
        async with running(driven.engine.servants()):
            await bus.until(lambda news: news == Resynchronised())
            await driven.settled()
            try:
                yield driven
            finally:
                for page in driven.pages:
                    await page.close()


def content(name: str, *adaptations: Adaptation, **parts: Any) -> RuleContent:
    return RuleContent(**{"key": RuleKey(name), "name": name, "adaptations": adaptations or (DARK,), **parts})


def silent_rule(engine: Driven, name: str, **parts: Any) -> Rule:
    """For `Driven.store_silently`."""
    now = engine.now()
    return Rule(RuleId(name), name, RuleStatus.ACTIVE, 1, content(name, **parts), now, now, ADMIN)


def key(name: object) -> InteractionKey:
    return InteractionKey(str(name))
