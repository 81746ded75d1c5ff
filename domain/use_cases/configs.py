"""What should this user see here and now - whatever happens to be out of order?"""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.errors import Unavailable
from domain.model.catalogues import Catalogue
from domain.model.configs import ConfigSource
from domain.ports.counters import Counter
from domain.rules.decisions import decide, default_config

if TYPE_CHECKING:
    from datetime import datetime

    from domain.model.configs import Config
    from domain.model.contexts import Context
    from domain.model.profiles import Profile
    from domain.model.users import UserId
    from domain.ports.clock import Clock
    from domain.rules.rule_sets import RuleSet
    from domain.use_cases.applications import Applications
    from domain.use_cases.current_profiles import CurrentProfiles
    from domain.use_cases.current_rules import CurrentRules
    from domain.use_cases.freshness import Freshness
    from domain.use_cases.last_configs import LastConfigs
    from domain.use_cases.served_configs import ServedConfigs

MAX_CONFIGS_AT_HAND = 10_000


@dataclass(frozen=True, slots=True)
class Decided:
    """A config with what it was decided from; `profile` and `rule_set` are `None` when it could not be decided.

    `remembered`: where it came from if it had been decided before.
    """

    config: Config
    profile: Profile | None = None
    rule_set: RuleSet | None = None
    remembered: Remembered | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """What is kept of configs that users got: the last of each context, and what applied in those delivered."""

    last_configs: LastConfigs
    applications: Applications

    async def forget(self, user_id: UserId) -> None:
        self.applications.forget(user_id)
        await self.last_configs.forget(user_id)


@dataclass(slots=True, weakref_slot=True, eq=False)
class Remembered:
    """A config as it was decided, with what it was decided from. Kept by `DecideConfig` alone, others refer weakly.

    `served`: the same as it was answered last.
    """

    key: tuple[UserId, str]
    rule_set_revision: int
    profile: Profile
    config: Config
    served: Config

    def served_from(self, source: ConfigSource) -> Config:
        if self.served.source is not source:
            self.served = self.config.served_from(source)
        return self.served

    def answers(self, rule_set: RuleSet, profile: Profile, now: datetime) -> bool:
        return (
            self.rule_set_revision == rule_set.revision
            and self.profile.revision == profile.revision
            and self.profile.computed_at == profile.computed_at  # revisions begin again after an erasure
            and self.config.decided_at <= now
            and self.config.holds_at(now)
        )


class DecideConfig:
    """One config for one user and context. Never fails for want of a store: then the last known or default config
    is answered and says so in its `source`.
    """

    def __init__(
        self,
        *,
        rules: CurrentRules,
        profiles: CurrentProfiles,
        memory: Memory,
        freshness: Freshness,
        clock: Clock,
        counters: ServedConfigs,
    ) -> None:
        self._rules = rules
        self._profiles = profiles
        self._memory = memory
        self._freshness = freshness
        self._clock = clock
        self._counters = counters
        self._at_hand: OrderedDict[tuple[UserId, str], Remembered] = OrderedDict()

    async def __call__(self, user_id: UserId, context: Context, profile: Profile | None = None) -> Decided:
        """`profile`: the user's, when it has just been read."""
        begun = self._clock.now()
        decided = await self._decided(user_id, context, profile)
        self._counters.took(self._clock.now() - begun)
        return decided

    def at_once(self, user_id: UserId, context: Context) -> Decided | None:
        """The same, if nothing has to be waited for; else `None`."""
        profile = self._profiles.trusted(user_id)
        if profile is None or not self._rules.is_loaded:
            return None
        begun = self._clock.now()
        decided = self._from(self._rules.known.rule_set, profile, context, begun)
        self._counters.took(self._clock.now() - begun)
        return decided

    async def _decided(self, user_id: UserId, context: Context, profile: Profile | None) -> Decided:
        try:
            profile = profile or await self._profiles.get(user_id)
            rule_set = self._rules.known.rule_set  # afterwards: the rules may change while the profile is read
        except Unavailable:
            self._counters.add(Counter.CONFIGS_DEGRADED)
            return Decided(await self._without_stores(user_id, context))
        return self._from(rule_set, profile, context, self._clock.now())

    def _from(self, rule_set: RuleSet, profile: Profile, context: Context, now: datetime) -> Decided:
        key = (profile.user_id, context_key(context))
        remembered = self._at_hand.get(key)
        if remembered is not None and remembered.answers(rule_set, profile, now):
            self._at_hand.move_to_end(key)
            self._counters.add(Counter.CONFIGS_CACHED)
            return Decided(remembered.served_from(self._source(ConfigSource.CACHED)), profile, rule_set, remembered)
        config = decide(rule_set, self._memory.applications.ahead(profile), context, now)
        self._counters.add(Counter.CONFIGS_DECIDED)
        self._at_hand[key] = Remembered(key, rule_set.revision, profile, config, served=config)
        if len(self._at_hand) > MAX_CONFIGS_AT_HAND:
            self._at_hand.popitem(last=False)
        if profile.is_known:  # nothing is written about users of whom nothing is known
            self._memory.last_configs.note(profile.user_id, context, config)
        return Decided(config.served_from(self._source(ConfigSource.DECIDED)), profile, rule_set)

    def repeats(self, remembered: Remembered, source: ConfigSource) -> Profile | None:
        """Would it be answered from this again, with this source? Then the user's profile, else `None`."""
        return self._repeated(remembered, source, self._clock.now())

    def _repeated(self, remembered: Remembered, source: ConfigSource, now: datetime) -> Profile | None:
        profile = self._profiles.trusted(remembered.key[0])
        if profile is None or self._at_hand.get(remembered.key) is not remembered:
            return None
        # It was decided by a rule set, so one is loaded.
        is_same = remembered.answers(self._rules.known.rule_set, profile, now)
        return profile if is_same and self._source(ConfigSource.CACHED) is source else None

    def repeat(self, remembered: Remembered, source: ConfigSource) -> Profile | None:
        """Answer from this again, if that is what would be answered: it counts as if it had been asked for."""
        begun = self._clock.now()
        profile = self._repeated(remembered, source, begun)
        if profile is not None:
            self._at_hand.move_to_end(remembered.key)
            self._counters.add(Counter.CONFIGS_CACHED)
            self._counters.took(self._clock.now() - begun)
        return profile

    def _source(self, otherwise: ConfigSource) -> ConfigSource:
        """What is in memory is the newest there is, but while the database is away nobody can know that."""
        return otherwise if self._freshness.database_answers else ConfigSource.LAST_KNOWN

    async def _without_stores(self, user_id: UserId, context: Context) -> Config:
        now = self._clock.now()
        at_hand = self._profiles.at_hand(user_id)
        if at_hand is not None and self._rules.is_loaded:
            known = self._memory.applications.ahead(at_hand)
            return decide(self._rules.known.rule_set, known, context, now).served_from(ConfigSource.LAST_KNOWN)
        if (last := await self._memory.last_configs.of(user_id, context)) is not None:
            return last.served_from(ConfigSource.LAST_KNOWN)
        catalogue = self._rules.known.rule_set.catalogue if self._rules.is_loaded else Catalogue()
        return default_config(catalogue, context.place, now).served_from(ConfigSource.DEFAULT)

    async def settle(self) -> None:
        """Write what was delivered and is not written yet, as far as the stores answer."""
        await self._memory.applications.write()

    async def forget(self, user_id: UserId) -> None:
        """Forget what the user got, in this process and for all: it may not even be answered as last known.

        What was delivered and is not written yet never will be.
        """
        for key in [key for key in self._at_hand if key[0] == user_id]:
            del self._at_hand[key]
        await self._memory.forget(user_id)


def context_key(context: Context) -> str:
    """Equal exactly for equal contexts."""
    attributes = json.dumps(context.attributes, sort_keys=True, separators=(",", ":")) if context.attributes else ""
    return f"{context.place}\x1f{context.device or ''}\x1f{context.time_zone}\x1f{attributes}"
