"""Which concrete part stands behind each port? The only module that knows every class."""

from __future__ import annotations

import zoneinfo
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypedDict
from uuid import uuid4

import structlog

from app.clocks import SystemClock
from app.merging import Merger
from app.reallocating import Reallocator
from app.settings import cache_key_secret
from app.training.drifts import MeasureDrift
from app.training.processes import TrainingProcess
from app.training.runs import TrainModels
from app.training.schedules import TrainingSchedule
from app.worker import Worker
from domain.ports.counters import Counters
from domain.use_cases.allocation_values import ValueAllocation
from domain.use_cases.analytics import ReadAnalytics
from domain.use_cases.applications import Applications
from domain.use_cases.assignments import OverrideVariation
from domain.use_cases.bulk_traffic import BulkTraffic
from domain.use_cases.catalogues import SaveCatalogue
from domain.use_cases.configs import DecideConfig, Memory
from domain.use_cases.current_models import CurrentModels, ReadModels
from domain.use_cases.current_predictor import CurrentPredictor
from domain.use_cases.current_profiles import CurrentProfiles
from domain.use_cases.current_rules import CurrentRules
from domain.use_cases.experiment_results import ReadResults
from domain.use_cases.experiments import ConcludeExperiment, StartExperiment
from domain.use_cases.explanations import ExplainRules
from domain.use_cases.exports import ExportUser
from domain.use_cases.findings import AnalyseRule
from domain.use_cases.freshness import Freshness
from domain.use_cases.imports import ApplyImport, ExportRules, PlanImport
from domain.use_cases.interactions import TrackInteractions
from domain.use_cases.last_configs import LastConfigs
from domain.use_cases.links import ForgetAliases, LinkUsers
from domain.use_cases.live_configs import LiveConfigs
from domain.use_cases.news_desk import Feeds, NewsDesk
from domain.use_cases.outcomes import ExposedUsers
from domain.use_cases.previews import PreviewRule
from domain.use_cases.profiles import FoldProfiles, ProfileWriter, RecomputeProfile, UpdateProfile
from domain.use_cases.reallocations import ReallocateBandits
from domain.use_cases.rollups import CompareRollUps, Footprints, MergeRollUps, RebuildRollUps
from domain.use_cases.rules import CreateRule, DeleteRule, RollBackRule, RuleWriter, SetRuleStatus, UpdateRule
from domain.use_cases.segment_choices import ReadSegmentChoices
from domain.use_cases.segments import DeleteSegment, SaveSegment
from domain.use_cases.served_configs import ServedConfigs
from domain.use_cases.suggestions import OptimizeRules, SuggestChanges
from domain.use_cases.users import EraseUser, SetPersonalization
from persistence.postgres.engine import DatabaseTimeouts, create_engine
from persistence.postgres.joint_units_of_work import jointly
from persistence.postgres.profile_reads import PostgresProfileReads
from persistence.postgres.rollup_rebuilds import PostgresRollUpRebuilds
from persistence.postgres.units_of_work import PostgresUnitsOfWork
from persistence.redis.buses import RedisBus
from persistence.redis.configs import RedisConfigCache
from persistence.redis.connections import RedisConnections
from persistence.redis.counters import RedisCounters
from persistence.redis.keys import Keys
from persistence.redis.profiles import RedisProfileCache
from prediction.boosting import LocalBoosting
from prediction.serving.kinds import KINDS, reader_of
from prediction.serving.predictors import InProcessPredictor
from prediction.signals.catalogue import SIGNALS_VERSION
from resolvers.context import UseCases

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from datetime import timedelta

    from app.settings import Settings
    from app.training.runs import Curriculum
    from domain.model.trained_models import Artifact, Replacement
    from domain.ports.buses import Bus
    from domain.ports.clock import Clock
    from domain.ports.configs import ConfigCache
    from domain.ports.profiles import ProfileCache, ProfileReads
    from domain.ports.rollups import RollUpRebuilds
    from domain.ports.units_of_work import UnitsOfWork
    from prediction.boosting import Boosting
    from prediction.serving.kinds import Kinds


log = structlog.get_logger(__name__)

TRAINING_TIMEOUTS = DatabaseTimeouts(statement_seconds=3_600.0, idle_in_transaction_seconds=0.0)
"""Reading all logs is one statement; and while trees grow, the claim to be the only one who trains is held idly."""

TRAINING_CONNECTIONS = 3

ROLLUP_SOURCES = (Footprints(), ExposedUsers())
"""Everything stored of users that sums are made from."""


class WrittenCounters(Counters, Protocol):
    """Counters that have to be written in the background."""

    async def run(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Adapters:
    """What stands behind the ports in this process."""

    begin: UnitsOfWork
    bus: Bus
    profile_reads: ProfileReads
    profile_cache: ProfileCache
    config_cache: ConfigCache
    kinds: Kinds
    counters: WrittenCounters
    clock: Clock
    pings: Mapping[str, Callable[[], Awaitable[None]]]


@dataclass(frozen=True, slots=True)
class Engine:
    """The whole engine of one process, not yet running."""

    use_cases: UseCases
    worker: Worker
    merger: Merger
    served: ServedConfigs
    reallocator: Reallocator
    desk: NewsDesk
    live: LiveConfigs
    last_configs: LastConfigs
    applications: Applications
    freshness: Freshness
    adapters: Adapters

    def servants(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """What has to run beside the requests of a server, by name."""
        return {
            "news": self.desk.run,
            "alarms": self.live.run,
            "last-configs": self.last_configs.run,
            "applications": self.applications.run,
            "counters": self.adapters.counters.run,
            "served": self.served.run,
            "freshness": lambda: self.freshness.run(self.desk.catch_up),
        }

    def chores(self, reallocate_every: timedelta | None) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """What has to run where users are folded, by name."""
        chores = {"worker": self.worker.run, "merger": self.merger.run}
        if reallocate_every is None:
            return chores
        return {**chores, "reallocator": partial(self.reallocator.run, reallocate_every)}


@asynccontextmanager
async def adapters(settings: Settings, kinds: Kinds = KINDS) -> AsyncIterator[Adapters]:
    """Open the connections to the real stores; they are closed at the end. `kinds`: of models that can serve."""
    if settings.database_url is None or settings.redis_url is None:
        raise ValueError("the embedded servers have to be started, and their addresses set, before")
    # Local times shall not depend on the machine: the pinned tzdata decides, not what the system happens to carry.
    zoneinfo.reset_tzpath(())
    clock = SystemClock()
    database = create_engine(settings.database_url, pool_size=settings.database_pool_size)
    redis = RedisConnections.to(settings.redis_url, clock)
    keys = Keys(cache_key_secret(settings))
    begin, profile_reads = PostgresUnitsOfWork(database), PostgresProfileReads(database)
    bus = RedisBus(redis)
    try:
        yield Adapters(
            begin=begin,
            bus=bus,
            profile_reads=profile_reads,
            profile_cache=RedisProfileCache(redis, keys),
            config_cache=RedisConfigCache(redis, keys),
            kinds=kinds,
            counters=RedisCounters(redis, keys, clock),
            clock=clock,
            pings={"postgres": begin.ping, "redis": redis.ping},
        )
    finally:
        await bus.aclose()
        await redis.aclose()
        await profile_reads.aclose()
        await database.dispose()


@asynccontextmanager
async def joint_units_of_work(settings: Settings) -> AsyncIterator[UnitsOfWork]:
    """What is stored in these becomes durable, and seen by anybody else, all together at the end, or not at all."""
    if settings.database_url is None:
        raise ValueError("the address of the database has to be known before")
    database = create_engine(settings.database_url, pool_size=1)
    try:
        async with jointly(database) as begin:
            yield begin
    finally:
        await database.dispose()


@dataclass(frozen=True, slots=True)
class TrainingAdapters:
    """What stands behind the ports where models are trained and put in use by hand, and sums made afresh."""

    begin: UnitsOfWork
    rebuild: RollUpRebuilds
    bus: Bus
    clock: Clock


@asynccontextmanager
async def training_adapters(settings: Settings) -> AsyncIterator[TrainingAdapters]:
    """Open the connections to the stores of these settings, patient ones; they are closed at the end."""
    if settings.database_url is None or settings.redis_url is None:
        raise ValueError("the addresses of the stores have to be known before")
    clock = SystemClock()
    database = create_engine(settings.database_url, pool_size=TRAINING_CONNECTIONS, timeouts=TRAINING_TIMEOUTS)
    redis = RedisConnections.to(settings.redis_url, clock)
    bus = RedisBus(redis)
    try:
        yield TrainingAdapters(PostgresUnitsOfWork(database), PostgresRollUpRebuilds(database), bus, clock)
    finally:
        await bus.aclose()
        await redis.aclose()
        await database.dispose()


def training(
    parts: TrainingAdapters, curriculum: Curriculum, boosting: Callable[[int], Boosting] = LocalBoosting
) -> TrainModels:
    """What trains models; by default in this process."""
    return TrainModels(parts.begin, parts.bus, parts.clock, curriculum, boosting, _new_id)


def training_schedule(settings: Settings, parts: Adapters) -> TrainingSchedule:
    """What sees to it, beside a worker, that models are trained anew."""
    return TrainingSchedule(
        begin=parts.begin,
        clock=parts.clock,
        every=settings.train_every,
        launch=TrainingProcess(settings),
    )


def measuring_drift(parts: TrainingAdapters, kinds: Kinds = KINDS) -> MeasureDrift:
    """What looks how far the population of the models in use has moved."""
    return MeasureDrift(parts.begin, parts.clock, _predictor(parts.begin, kinds))


def rebuilding(parts: TrainingAdapters) -> RebuildRollUps:
    """What makes the sums over users afresh."""
    return RebuildRollUps(parts.rebuild, parts.bus, ROLLUP_SOURCES)


def comparing(parts: TrainingAdapters) -> CompareRollUps:
    """What says whether the sums over users are right."""
    return CompareRollUps(parts.rebuild, ROLLUP_SOURCES)


def assemble(parts: Adapters, retention: timedelta | None = None) -> Engine:
    """Compose the engine from its adapters. `retention`: how far back interactions may have happened."""
    begin, bus, clock = parts.begin, parts.bus, parts.clock
    rules = CurrentRules(begin)
    profiles = CurrentProfiles(begin, parts.profile_reads, parts.profile_cache)
    last_configs = LastConfigs(parts.config_cache)
    freshness = Freshness(parts.pings["postgres"], clock)
    applications = Applications(begin=begin, bus=bus, profiles=profiles, clock=clock, counters=parts.counters)
    served = ServedConfigs(parts.counters, begin, clock)
    memory = Memory(last_configs, applications)
    decide = DecideConfig(
        rules=rules, profiles=profiles, memory=memory, freshness=freshness, clock=clock, counters=served
    )
    live = LiveConfigs(decide, applications, clock, served)
    feeds, models = Feeds(), current_predictor(parts)
    profile_writer = ProfileWriter(bus, clock, rules, models, profiles)
    rule_writer = RuleWriter(begin, bus, clock, rules, new_id=_new_id, retention=retention)
    traffic = BulkTraffic()
    worker = Worker(FoldProfiles(begin, profile_writer, parts.counters), traffic)
    desk = NewsDesk(
        bus=bus,
        begin=begin,
        rules=rules,
        profiles=profiles,
        decide=decide,
        live=live,
        feeds=feeds,
        wake_worker=worker.wake,
    )
    analyse_rule, bandits, suggest = _optimising(rule_writer)
    forget_aliases = ForgetAliases(bus, profiles, decide)
    use_cases = UseCases(
        decide=decide,
        read_analytics=ReadAnalytics(begin),
        explain=ExplainRules(),
        live=live,
        applications=applications,
        feeds=feeds,
        profiles=profiles,
        rules=rules,
        results=ReadResults(begin, clock),
        segment_choices=ReadSegmentChoices(begin, clock),
        value_allocation=ValueAllocation(begin),
        models=models,
        track=TrackInteractions(begin, bus, clock, parts.counters, retention, traffic),
        update_profile=UpdateProfile(begin, profile_writer),
        recompute_profile=RecomputeProfile(begin, profile_writer),
        **_rule_changes(rule_writer),
        export_rules=ExportRules(begin),
        plan_import=PlanImport(begin, clock, new_id=_new_id, retention=retention),
        apply_import=ApplyImport(begin, bus, clock, rules, new_id=_new_id, retention=retention),
        analyse_rule=analyse_rule,
        preview_rule=PreviewRule(begin, rules, clock),
        save_segment=SaveSegment(begin, bus, rules, clock),
        delete_segment=DeleteSegment(begin, bus, rules, clock),
        save_catalogue=SaveCatalogue(begin, bus, rules, clock),
        override_variation=OverrideVariation(begin, profile_writer),
        suggest=suggest,
        optimize_rules=OptimizeRules(suggest, rule_writer),
        set_personalization=SetPersonalization(begin, profile_writer, decide, forget_aliases),
        link_users=LinkUsers(begin, profile_writer, decide, forget_aliases, parts.counters),
        erase_user=EraseUser(begin, bus, profiles, decide),
        export_user=ExportUser(begin, clock),
        begin=begin,
        clock=clock,
    )
    merger, reallocator = Merger(MergeRollUps(begin, bus), clock), Reallocator(bandits, clock)
    return Engine(
        use_cases, worker, merger, served, reallocator, desk, live, last_configs, applications, freshness, parts
    )


class _RuleChanges(TypedDict):
    create_rule: CreateRule
    update_rule: UpdateRule
    start_experiment: StartExperiment
    conclude_experiment: ConcludeExperiment
    set_rule_status: SetRuleStatus
    roll_back_rule: RollBackRule
    delete_rule: DeleteRule


def _rule_changes(writer: RuleWriter) -> _RuleChanges:
    return {
        "create_rule": CreateRule(writer),
        "update_rule": UpdateRule(writer),
        "start_experiment": StartExperiment(writer),
        "conclude_experiment": ConcludeExperiment(writer),
        "set_rule_status": SetRuleStatus(writer),
        "roll_back_rule": RollBackRule(writer),
        "delete_rule": DeleteRule(writer),
    }


def _optimising(writer: RuleWriter) -> tuple[AnalyseRule, ReallocateBandits, SuggestChanges]:
    begin, rules, clock = writer.begin, writer.rules, writer.clock
    analyse, bandits = AnalyseRule(rules), ReallocateBandits(begin, rules, writer, clock)
    return analyse, bandits, SuggestChanges(begin, rules, analyse, bandits, clock)


def current_predictor(parts: Adapters) -> CurrentPredictor:
    """What predicts with the models in use, as far as this release can read them."""
    return _predictor(parts.begin, parts.kinds)


def _predictor(begin: UnitsOfWork, kinds: Kinds) -> CurrentPredictor:
    models = current_models(begin, reader_of(kinds), _log_refusal)
    return CurrentPredictor(models, partial(InProcessPredictor, kinds=kinds), _log_unreadable)


def current_models(
    begin: UnitsOfWork, read: Callable[[Artifact], object], refused: Callable[[Replacement], None] = lambda _: None
) -> CurrentModels:
    """The models in use, as far as this release can `read` them."""
    return CurrentModels(begin, ReadModels(str(SIGNALS_VERSION), read, refused))


def _log_refusal(replacement: Replacement) -> None:
    log.error(
        "model_refused",
        task=replacement.task,
        version=replacement.refused,
        flaw=replacement.flaw,
        reason=replacement.reason,
        serves_instead=replacement.serves or "nothing",
    )


def _log_unreadable(fault: Exception) -> None:
    log.error("models_cannot_be_read", exc_info=fault)


def _new_id() -> str:
    return uuid4().hex
