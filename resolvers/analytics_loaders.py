"""How does one operation read sums over users, each kind of a period once, for all segments together?"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from resolvers.loaders import Loader

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence

    from domain.model.analytics import FeatureShare, Membership, Reaches, Served
    from domain.model.rule_performance import Period
    from domain.model.suggestions import Suggestion
    from domain.use_cases.analytics import ActivityByDay, ReadAnalytics
    from domain.use_cases.suggestions import SuggestChanges

K = TypeVar("K", bound="Hashable")
V = TypeVar("V")


class AnalyticsLoaders:
    """Made when first used, as most operations need none."""

    def __init__(self, read: ReadAnalytics, suggest: SuggestChanges) -> None:
        self._read = read
        self._suggest = suggest

    @cached_property
    def activity(self) -> Loader[Period, ActivityByDay]:
        return _each(self._read.activity)

    @cached_property
    def reaches(self) -> Loader[Period, Reaches]:
        return _each(self._read.reaches)

    @cached_property
    def sizes(self) -> Loader[Period, Mapping[str, Mapping[int, int]]]:
        return _each(self._read.sizes)

    @cached_property
    def uses(self) -> Loader[Period, Mapping[str, tuple[FeatureShare, ...]]]:
        return _each(self._read.uses)

    @cached_property
    def served(self) -> Loader[Period, Served]:
        return _each(self._read.served)

    @cached_property
    def members(self) -> Loader[None, Mapping[str, Membership]]:
        return _each(lambda _: self._read.members())

    @cached_property
    def suggestions(self) -> Loader[None, Sequence[Suggestion]]:
        return _each(lambda _: self._suggest())


def _each(read: Callable[[K], Awaitable[V]]) -> Loader[K, V]:
    """Only an operation's text can ask for different periods, so there are few."""

    async def load_all(keys: Sequence[K]) -> Mapping[K, V]:
        return {key: await read(key) for key in keys}

    return Loader(load_all)
