"""How does one operation read sums over users, each kind of a period once, for all segments together?"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from domain.model.analytics import Activity, Membership, Reach
from domain.model.rule_performance import Period
from resolvers.loaders import Loader

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping, Sequence

    from domain.model.analytics import FeatureShare, Programme, Served
    from domain.model.suggestions import Suggestion
    from domain.use_cases.analytics import ReadAnalytics
    from domain.use_cases.suggestions import SuggestChanges

K = TypeVar("K", bound="Hashable")
V = TypeVar("V")
SegmentPeriod: TypeAlias = tuple[str, Period]


class AnalyticsLoaders:
    """Made when first used, as most operations need none."""

    def __init__(self, read: ReadAnalytics, suggest: SuggestChanges) -> None:
        self._read = read
        self._suggest = suggest

    @cached_property
    def activity(self) -> Loader[SegmentPeriod, Mapping[int, Activity]]:
        """By day."""
        return _together(self._read.activity, {})

    @cached_property
    def totals(self) -> Loader[SegmentPeriod, Activity]:
        return _together(self._read.totals, Activity())

    @cached_property
    def reaches(self) -> Loader[SegmentPeriod, Reach]:
        return _together(self._read.reaches, Reach())

    @cached_property
    def sizes(self) -> Loader[SegmentPeriod, Mapping[int, int]]:
        """At the end of each day."""
        return _together(self._read.sizes, {})

    @cached_property
    def uses(self) -> Loader[SegmentPeriod, tuple[FeatureShare, ...]]:
        return _together(self._read.uses, ())

    @cached_property
    def members(self) -> Loader[str, Membership]:
        async def load_all(segments: Sequence[str]) -> Mapping[str, Membership]:
            found = await self._read.members(segments)
            return {segment: found.get(segment, Membership()) for segment in segments}

        return Loader(load_all)

    @cached_property
    def programme(self) -> Loader[Period, Programme]:
        return _each(self._read.programme)

    @cached_property
    def served(self) -> Loader[Period, Served]:
        return _each(self._read.served)

    @cached_property
    def suggestions(self) -> Loader[None, Sequence[Suggestion]]:
        return _each(lambda _: self._suggest())


def _each(read: Callable[[K], Awaitable[V]]) -> Loader[K, V]:
    """Only an operation's text can ask for different periods, so there are few."""

    async def load_all(keys: Sequence[K]) -> Mapping[K, V]:
        return {key: await read(key) for key in keys}

    return Loader(load_all)


def _together(
    read: Callable[[Period, Collection[str]], Awaitable[Mapping[str, V]]], nothing: V
) -> Loader[SegmentPeriod, V]:
    """All segments of a period at once. `nothing`: of a segment that the answer leaves out."""

    async def load_all(keys: Sequence[SegmentPeriod]) -> Mapping[SegmentPeriod, V]:
        loaded: dict[SegmentPeriod, V] = {}
        for period in dict.fromkeys(period for _, period in keys):
            segments = [segment for segment, wanted in keys if wanted == period]
            found = await read(period, segments)
            loaded |= {(segment, period): found.get(segment, nothing) for segment in segments}
        return loaded

    return Loader(load_all)
