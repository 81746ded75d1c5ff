"""Which rule set decides in this process, and how it is kept up to date."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.errors import Unavailable
from domain.rules.rule_sets import RuleSet

if TYPE_CHECKING:
    from domain.model.news import RuleChanged, RuleReallocated
    from domain.model.segments import Segment
    from domain.ports.rules import StoredRuleSet
    from domain.ports.units_of_work import UnitsOfWork

RULES_PER_TURN = 25
"""After so many rules the others on the event loop get a turn: a rule costs about 0.1 ms to compile and to index."""


@dataclass(frozen=True, slots=True)
class LoadedRules:
    """A compiled rule set with the condition segments of the same instant."""

    rule_set: RuleSet
    segments: tuple[Segment, ...]
    segments_revision: int


class CurrentRules:
    """The newest rule set this process knows of. It never goes back."""

    def __init__(self, begin: UnitsOfWork) -> None:
        self._begin = begin
        self._loaded: LoadedRules | None = None
        self._loading = asyncio.Lock()

    @property
    def known(self) -> LoadedRules:
        """Raises `Unavailable` as long as no rule set could be loaded."""
        if self._loaded is None:
            raise Unavailable("the rules could not be loaded yet")
        return self._loaded

    @property
    def is_loaded(self) -> bool:
        return self._loaded is not None

    async def apply(self, news: RuleChanged | RuleReallocated) -> None:
        """Take over one changed rule; only that rule is read and compiled when no other change was missed."""
        async with self._loading:
            if self._loaded is None or news.rule_set_revision != self._loaded.rule_set.revision + 1:
                await self._reload_if_behind(news.rule_set_revision)
                return
            async with self._begin() as work:
                rule = await work.rules.get(news.rule_id)
            if rule is None or rule.revision != news.revision:
                await self._reload()
                return
            loaded = self._loaded
            self._loaded = LoadedRules(
                loaded.rule_set.with_rule(news.rule_set_revision, rule), loaded.segments, loaded.segments_revision
            )

    async def refresh(self) -> LoadedRules:
        """The newest committed rule set, read again only if its revisions have grown."""
        async with self._loading:
            if self._loaded is None:
                return await self._reload()
            async with self._begin() as work:
                revision, segments_revision = await work.rule_sets.revisions()
            loaded = self._loaded
            if (revision, segments_revision) == (loaded.rule_set.revision, loaded.segments_revision):
                return loaded
            return await self._reload()

    async def _reload_if_behind(self, revision: int) -> None:
        if self._loaded is None or self._loaded.rule_set.revision < revision:
            await self._reload()

    async def _reload(self) -> LoadedRules:
        async with self._begin() as work:
            stored = await work.rule_sets.load()
        known = self._loaded
        if known is not None and known.rule_set.revision == stored.revision:  # only segments were redefined
            rule_set = known.rule_set
        else:
            rule_set = await compiled_in_turns(stored, known.rule_set if known is not None else None)
        self._loaded = LoadedRules(rule_set, stored.segments, stored.segments_revision)
        return self._loaded


async def compiled_in_turns(stored: StoredRuleSet, known: RuleSet | None) -> RuleSet:
    """The stored rule set compiled, however large, without holding up the event loop.

    What `known` holds compiled already is taken over.
    """
    changing = RuleSet(stored.revision, stored.catalogue).changing()
    for number, rule in enumerate(stored.rules, 1):
        changing.add(rule, known)
        if number % RULES_PER_TURN == 0:
            await asyncio.sleep(0)
    return changing.done(stored.revision)
