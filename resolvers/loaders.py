"""How does one operation read many things of a kind with a constant number of statements?"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from domain.model.configs import Slot
from domain.model.experiment_results import ExperimentPlan
from domain.model.insights import ModelTask, ModelVersion
from domain.model.pages import Page, PageRequest
from domain.model.rule_performance import Period, RulePerformance
from domain.model.rules import Rule, RuleId, RuleRevision, RuleStatus
from domain.model.segments import SegmentKey, SegmentMembership
from domain.model.users import UserId
from domain.ports.interactions import InteractionFilter
from domain.ports.rules import RuleFilter, RuleOrder
from domain.rules.standings import as_they_serve

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence

    from domain.model.assignments import Assignment
    from domain.model.experiment_results import ExperimentResults, ResultsUntil
    from domain.model.insights import Factor
    from domain.model.interactions import RecordedInteraction
    from domain.model.profiles import Profile
    from domain.model.segment_choices import SegmentChoices
    from domain.model.trained_models import RegisteredModel
    from domain.ports.profiles import ScoredSignals
    from resolvers.context import UseCases

K = TypeVar("K", bound="Hashable")
V = TypeVar("V")
Owner = TypeVar("Owner")
Terms = TypeVar("Terms")

RevisionKey: TypeAlias = tuple[RuleId, int]
IdleKey: TypeAlias = tuple[Slot | None, int]
HistoryKey: TypeAlias = tuple[RuleId, PageRequest]
PerformanceKey: TypeAlias = tuple[RuleId, Period]
InteractionsKey: TypeAlias = tuple[UserId, tuple[InteractionFilter, PageRequest]]
MembersKey: TypeAlias = tuple[SegmentKey, PageRequest]
Member: TypeAlias = tuple[UserId, SegmentMembership]
Scored: TypeAlias = tuple[ModelVersion, bytes]
"""The model that scored, and the signals."""

EXPLAINED_AT_A_STRETCH = 10
"""Then others on the event loop get a turn."""

_IDLE = frozenset({RuleStatus.DRAFT, RuleStatus.PAUSED})


class Loader(Generic[K, V]):
    """Collects what is asked for in one turn of the event loop, and loads it all at once; each key once.

    graphql-core resolves the same field of all items of a list in the same turn, so one batch serves them all.
    `load_all` answers for every key it is given.
    """

    def __init__(self, load_all: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._load_all = load_all
        self._answers: dict[K, asyncio.Future[V]] = {}
        self._waiting: list[K] = []
        self._running: set[asyncio.Task[None]] = set()

    async def load(self, key: K) -> V:
        """Raises what `load_all` raises."""
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answers[key] = self._ask(key)
        # Others wait for the same answer: cancelling one of them must not cancel it.
        return await asyncio.shield(answer)

    def _ask(self, key: K) -> asyncio.Future[V]:
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._begin)
        self._waiting.append(key)
        return loop.create_future()

    def _begin(self) -> None:
        keys, self._waiting = self._waiting, []
        task = asyncio.create_task(self._run(keys))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run(self, keys: list[K]) -> None:
        try:
            loaded = await self._load_all(keys)
        except Exception as failure:  # noqa: BLE001 - raised again wherever it is awaited
            for key in keys:
                self._answers[key].set_exception(failure)
                # Where another field has failed first nobody awaits it any more: that is no fault to be logged.
                self._answers[key].exception()
        else:
            for key in keys:
                self._answers[key].set_result(loaded[key])


class Loaders:
    """The loaders of one operation. They remember what they loaded, so they never outlive it.

    Made when first used: most events of a subscription need none.
    """

    def __init__(self, use_cases: UseCases) -> None:
        self._use_cases = use_cases
        self._begin = use_cases.begin
        self._listed: set[UserId] = set()

    @cached_property
    def profiles(self) -> Loader[UserId, Profile]:
        return Loader(self._load_profiles)

    @cached_property
    def rules(self) -> Loader[RuleId, Rule | None]:
        return Loader(self._load_rules)

    @cached_property
    def revisions(self) -> Loader[RevisionKey, Rule | None]:
        return Loader(self._load_revisions)

    @cached_property
    def idle_rules(self) -> Loader[IdleKey, Sequence[Rule]]:
        """The drafts and paused rules that want a slot (or any), so many at most, by priority."""
        return Loader(self._load_idle_rules)

    @cached_property
    def histories(self) -> Loader[HistoryKey, Page[RuleRevision]]:
        return Loader(self._load_histories)

    @cached_property
    def interactions(self) -> Loader[InteractionsKey, Page[RecordedInteraction]]:
        return Loader(self._load_interactions)

    @cached_property
    def assignments(self) -> Loader[UserId, Sequence[Assignment]]:
        return Loader(self._load_assignments)

    @cached_property
    def plans(self) -> Loader[tuple[RuleId, float], ExperimentPlan]:
        """How long the running experiment of a rule still needs to find such a difference."""
        return Loader(self._load_plans)

    @cached_property
    def results(self) -> Loader[RuleId, ExperimentResults | None]:
        """What the experiments of rules have found."""
        return Loader(self._load_results)

    @cached_property
    def growths(self) -> Loader[RuleId, Sequence[ResultsUntil]]:
        """How that grew, day by day."""
        return Loader(self._load_growths)

    @cached_property
    def segment_choices(self) -> Loader[RuleId, SegmentChoices | None]:
        return Loader(self._load_segment_choices)

    @cached_property
    def performances(self) -> Loader[PerformanceKey, RulePerformance]:
        return Loader(self._load_performances)

    @cached_property
    def sizes(self) -> Loader[SegmentKey, int]:
        return Loader(self._load_sizes)

    @cached_property
    def members(self) -> Loader[MembersKey, Page[Member]]:
        return Loader(self._load_members)

    @cached_property
    def signals(self) -> Loader[UserId, ScoredSignals | None]:
        """What insights were made from."""
        return Loader(self._load_signals)

    @cached_property
    def churn_factors(self) -> Loader[Scored, Sequence[Factor]]:
        return Loader(self._load_churn_factors)

    @cached_property
    def registered_models(self) -> Loader[None, Sequence[RegisteredModel]]:
        """All there are: a handful of each task."""
        return Loader(self._load_registered_models)

    def expect(self, user_ids: Iterable[UserId]) -> None:
        """These users are listed by this operation: what is asked of one is likely asked of all."""
        self._listed.update(user_ids)

    def is_listed(self, user_id: UserId) -> bool:
        return user_id in self._listed

    async def many_rules(self, rule_ids: Sequence[RuleId]) -> Mapping[RuleId, Rule]:
        """Those of the rules that there are, in any status."""
        found = await asyncio.gather(*(self.rules.load(rule_id) for rule_id in rule_ids))
        return {rule.id: rule for rule in found if rule is not None}

    def active_rule(self, rule_id: RuleId) -> Rule | None:
        """A rule in memory, as those are that decide now."""
        if not self._use_cases.rules.is_loaded:
            return None
        active = self._use_cases.rules.known.rule_set.rule(rule_id)
        return None if active is None else active.rule

    async def acting_rule(self, rule_id: RuleId) -> Rule | None:
        """A rule that decided something: nearly always one that is active."""
        return self.active_rule(rule_id) or await self.rules.load(rule_id)

    async def _load_profiles(self, user_ids: Sequence[UserId]) -> Mapping[UserId, Profile]:
        if len(user_ids) == 1:  # this way also looks into the cache that processes share
            return {user_ids[0]: await self._use_cases.profiles.get(user_ids[0])}
        return dict(zip(user_ids, await self._use_cases.profiles.get_many(user_ids), strict=True))

    async def _load_assignments(self, user_ids: Sequence[UserId]) -> Mapping[UserId, Sequence[Assignment]]:
        async with self._begin() as work:
            found = await work.assignments.of_users(user_ids)
        return {user_id: found.get(user_id, ()) for user_id in user_ids}

    async def _load_plans(self, keys: Sequence[tuple[RuleId, float]]) -> Mapping[tuple[RuleId, float], ExperimentPlan]:
        rules = await self.many_rules([rule_id for rule_id, _ in keys])
        known = [key for key in keys if key[0] in rules]
        found = await self._use_cases.results.plans([(rules[rule_id], lift) for rule_id, lift in known])
        gone = {key: ExperimentPlan(key[1], absent="the rule is gone") for key in keys}
        return {**gone, **dict(zip(known, found, strict=True))}

    async def _load_results(self, rule_ids: Sequence[RuleId]) -> Mapping[RuleId, ExperimentResults | None]:
        rules = await self.many_rules(rule_ids)
        found = await self._use_cases.results.experiments(list(rules.values()))
        return {rule_id: found.get(rule_id) for rule_id in rule_ids}

    async def _load_growths(self, rule_ids: Sequence[RuleId]) -> Mapping[RuleId, Sequence[ResultsUntil]]:
        rules = await self.many_rules(rule_ids)
        found = await self._use_cases.results.growth(list(rules.values()))
        return {rule_id: found.get(rule_id, ()) for rule_id in rule_ids}

    async def _load_segment_choices(self, rule_ids: Sequence[RuleId]) -> Mapping[RuleId, SegmentChoices | None]:
        rules = await self.many_rules(rule_ids)
        found = await self._use_cases.segment_choices(list(rules.values()))
        return {rule_id: found.get(rule_id) for rule_id in rule_ids}

    async def _load_performances(self, keys: Sequence[PerformanceKey]) -> Mapping[PerformanceKey, RulePerformance]:
        """Only an operation's text can ask for different periods, so there are few."""
        rules = await self.many_rules([rule_id for rule_id, _ in keys])
        loaded: dict[PerformanceKey, RulePerformance] = {}
        for period, rule_ids in _by_terms(keys).items():
            known = [rules[rule_id] for rule_id in rule_ids if rule_id in rules]
            found = await self._use_cases.results.performance(known, period)
            loaded |= {(rule_id, period): found.get(rule_id, RulePerformance()) for rule_id in rule_ids}
        return loaded

    async def _load_signals(self, user_ids: Sequence[UserId]) -> Mapping[UserId, ScoredSignals | None]:
        async with self._begin() as work:
            found = await work.profiles.signals_of(user_ids)
        return {user_id: found.get(user_id) for user_id in user_ids}

    async def _load_churn_factors(self, scores: Sequence[Scored]) -> Mapping[Scored, Sequence[Factor]]:
        """A few at a time: taking trees apart for one user costs as much as many scores."""
        predictor = await self._use_cases.models.refresh()
        loaded: dict[Scored, Sequence[Factor]] = {}
        for version, scored in _by_version(scores).items():
            for start in range(0, len(scored), EXPLAINED_AT_A_STRETCH):
                rows = scored[start : start + EXPLAINED_AT_A_STRETCH]
                factors = predictor.factors(ModelTask.CHURN, version, rows)
                loaded |= {(version, row): found for row, found in zip(rows, factors, strict=True)}
                await asyncio.sleep(0)
        return loaded

    async def _load_registered_models(self, keys: Sequence[None]) -> Mapping[None, Sequence[RegisteredModel]]:
        async with self._begin() as work:
            registered = await work.trained_models.registered()
        return dict.fromkeys(keys, registered)

    async def models_as_they_serve(self) -> Sequence[RegisteredModel]:
        """All there are, as this process uses them: it may have refused some."""
        await self._use_cases.models.refresh()
        return as_they_serve(await self.registered_models.load(None), self._use_cases.models.replacements)

    async def _load_rules(self, rule_ids: Sequence[RuleId]) -> Mapping[RuleId, Rule | None]:
        async with self._begin() as work:
            found = await work.rules.get_many(rule_ids)
        return {rule_id: found.get(rule_id) for rule_id in rule_ids}

    async def _load_revisions(self, keys: Sequence[RevisionKey]) -> Mapping[RevisionKey, Rule | None]:
        async with self._begin() as work:
            found = await work.rules.at_revisions(keys)
        return {key: found.get(key) for key in keys}

    async def _load_idle_rules(self, keys: Sequence[IdleKey]) -> Mapping[IdleKey, Sequence[Rule]]:
        """Only an operation's text can ask for different slots, so there are few keys."""
        async with self._begin() as work:
            return {
                (slot, most): (
                    await work.rules.page(
                        RuleFilter(statuses=_IDLE, slot=slot), RuleOrder.PRIORITY_DESC, PageRequest(most)
                    )
                ).items
                for slot, most in keys
            }

    async def _load_sizes(self, keys: Sequence[SegmentKey]) -> Mapping[SegmentKey, int]:
        async with self._begin() as work:
            sizes = await work.segments.sizes(keys)
        return {key: sizes.get(key, 0) for key in keys}

    async def _load_histories(self, keys: Sequence[HistoryKey]) -> Mapping[HistoryKey, Page[RuleRevision]]:
        loaded: dict[HistoryKey, Page[RuleRevision]] = {}
        async with self._begin() as work:
            for page, rule_ids in _by_terms(keys).items():
                histories = await work.rules.histories(rule_ids, page)
                loaded |= {(rule_id, page): found for rule_id, found in zip(rule_ids, histories, strict=True)}
        return loaded

    async def _load_interactions(
        self, keys: Sequence[InteractionsKey]
    ) -> Mapping[InteractionsKey, Page[RecordedInteraction]]:
        loaded: dict[InteractionsKey, Page[RecordedInteraction]] = {}
        async with self._begin() as work:
            for terms, user_ids in _by_terms(keys).items():
                pages = await work.interactions.of_users(user_ids, *terms)
                loaded |= {(user_id, terms): found for user_id, found in zip(user_ids, pages, strict=True)}
        return loaded

    async def _load_members(self, keys: Sequence[MembersKey]) -> Mapping[MembersKey, Page[Member]]:
        loaded: dict[MembersKey, Page[Member]] = {}
        async with self._begin() as work:
            for page, segments in _by_terms(keys).items():
                pages = await work.segments.members_of(segments, page)
                loaded |= {(segment, page): found for segment, found in zip(segments, pages, strict=True)}
        return loaded


def _by_version(scores: Sequence[Scored]) -> dict[ModelVersion, list[bytes]]:
    rows: defaultdict[ModelVersion, list[bytes]] = defaultdict(list)
    for version, signals in scores:
        rows[version].append(signals)
    return rows


def _by_terms(keys: Sequence[tuple[Owner, Terms]]) -> dict[Terms, list[Owner]]:
    """One statement reads the same page of many owners; only an operation's text can ask for different pages."""
    owners: defaultdict[Terms, list[Owner]] = defaultdict(list)
    for owner, terms in keys:
        owners[terms].append(owner)
    return owners
