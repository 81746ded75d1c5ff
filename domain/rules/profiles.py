"""What does a user's history become when interactions are added to it?

The law: however the interactions of one user are batched, folding the batches one after another (and folding from
scratch wherever `fold` says that it cannot place one) gives, field for field, the history folded from scratch.

- Sums, hours and devices do not depend on any order.
- Sessions and days are sets. Those that ended before the horizon, 90 days before the user was last seen and rounded
  down to a UTC day, are only counted. An interaction at most one session gap after the horizon, or before it, might
  belong to something that is only counted: then, and only if something is, it cannot be placed.
- Tables with a limit evict step by step in order of receipt, so that what is evicted depends on the sequence alone.
  What is only trimmed (seconds beyond the latest hundred or before the horizon) would have been evicted first, so it
  does not matter when it is trimmed.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.model.interactions import InteractionKind
from domain.model.profiles import FeatureHistory, History, TagHistory
from domain.rules.folding.sessions import SESSION_GAP_US, session_end, with_instants
from domain.rules.folding.tables import RankedTable
from domain.rules.instants import DAY_US, SECOND_US, microseconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from domain.model.interactions import Interaction

HORIZON_DAYS = 90
HOURS_IN_DAY = 24
MICROS_PER_VALUE = 1_000_000
NO_TARGET = ""


@dataclass(frozen=True, slots=True)
class FoldLimits:
    """How much of each kind one history remembers: the most recent features and targets, the most frequent rest."""

    features: int = 1_000
    sections: int = 200
    tags: int = 500
    recent_targets: int = 500
    recent_seconds: int = 100


FOLD_LIMITS = FoldLimits()


def horizon_start_us(last_seen_us: int) -> int:
    """The UTC midnight from which sessions, days and seconds of a user last seen then are remembered one by one."""
    return (last_seen_us // DAY_US - HORIZON_DAYS) * DAY_US


def fold(history: History, interactions: Iterable[Interaction], limits: FoldLimits = FOLD_LIMITS) -> History | None:
    """The history with further interactions of the same user added, in order of receipt.

    `None` when one lies so far in the past that the history can no longer place it: then `fold_from_scratch` all of
    the user's interactions.
    """
    folding = _Folding(history, limits)
    for interaction in interactions:
        folding.add(interaction)
    return folding.history() if folding.can_be_placed() else None


def fold_from_scratch(interactions: Iterable[Interaction], limits: FoldLimits = FOLD_LIMITS) -> History:
    """The history of a user of whom `interactions`, in order of receipt, are all that was ever received."""
    folding = _Folding(History(), limits)
    for interaction in interactions:
        folding.add(interaction)
    return folding.history()


class _Folding:
    """The mutable workings of one fold."""

    def __init__(self, before: History, limits: FoldLimits) -> None:
        self._before = before
        self._limits = limits
        self._instants: list[int] = []
        self._conversions = before.conversions
        self._value_micros = before.value_micros
        self._week = list(before.week)
        self._devices = Counter(before.devices)
        self._features = RankedTable(before.features, lambda feature: feature.last_us)
        self._sections = RankedTable(before.sections, lambda visits: visits)
        self._tags = RankedTable(before.tags, lambda tag: tag.seen + tag.dismissed)
        self._recent: dict[InteractionKind, RankedTable[Sequence[int]]] = {}

    def add(self, interaction: Interaction) -> None:
        local = interaction.occurred_at
        us = microseconds(local)
        kind, target = interaction.kind, interaction.target
        self._instants.append(us)
        self._week[local.weekday() * HOURS_IN_DAY + local.hour] += 1
        self._add_second(kind, target or NO_TARGET, us // SECOND_US)
        if kind is InteractionKind.FEATURE_USE and target:
            self._add_use(target, us)
        if kind is InteractionKind.CONVERSION:
            self._conversions += 1
        if interaction.value is not None:
            self._value_micros += round(interaction.value * MICROS_PER_VALUE)
        if interaction.device is not None:
            self._devices[interaction.device] += 1
        if interaction.section:
            self._add_visit(interaction.section)
        for tag in dict.fromkeys(interaction.tags) if interaction.tags else ():
            self._add_tag(tag, dismissed=kind is InteractionKind.DISMISS)

    def can_be_placed(self) -> bool:
        """Can none of the instants belong to a session or day that is only counted?"""
        before = self._before
        # Where a session is only counted, its days are, too.
        if before.last_seen_us is None or not self._instants or not before.older_days:
            return True
        return min(self._instants) >= horizon_start_us(before.last_seen_us) + SESSION_GAP_US

    def history(self) -> History:
        before = self._before
        if not self._instants:
            return before
        instants = sorted(self._instants)
        first_us = instants[0] if before.first_seen_us is None else min(before.first_seen_us, instants[0])
        last_us = instants[-1] if before.last_seen_us is None else max(before.last_seen_us, instants[-1])
        start_us = horizon_start_us(last_us)
        sessions = with_instants(before.sessions, instants)
        days = tuple(sorted({*before.days, *(us // DAY_US for us in instants)}))
        forgotten_sessions = bisect_left(sessions, start_us, key=session_end)
        forgotten_days = bisect_left(days, start_us // DAY_US)
        return History(
            interactions=before.interactions + len(instants),
            conversions=self._conversions,
            value_micros=self._value_micros,
            first_seen_us=first_us,
            last_seen_us=last_us,
            older_sessions=before.older_sessions + forgotten_sessions,
            sessions=sessions[forgotten_sessions:],
            older_days=before.older_days + forgotten_days,
            days=days[forgotten_days:],
            features=self._features.entries,
            sections=self._sections.entries,
            tags=self._tags.entries,
            devices=dict(self._devices),
            week=tuple(self._week),
            recent=self._remembered_seconds(start_us),
        )

    def _add_use(self, feature: str, us: int) -> None:
        known = self._features.entries.get(feature)
        if known is None:
            self._features.enter(feature, FeatureHistory(1, us, us))
            self._features.keep(self._limits.features)
        else:
            self._features.entries[feature] = FeatureHistory(
                known.uses + 1, min(known.first_us, us), max(known.last_us, us)
            )

    def _add_visit(self, section: str) -> None:
        # Room is made before the newcomer enters: it would be the least visited itself, and a full table would
        # never learn a new section. What is visited often is safe from what is visited once.
        sections = self._sections
        if section in sections.entries:
            sections.entries[section] += 1
        else:
            sections.keep(self._limits.sections - 1)
            sections.enter(section, 1)

    def _add_tag(self, tag: str, *, dismissed: bool) -> None:
        known = self._tags.entries.get(tag)
        if known is not None:
            self._tags.entries[tag] = TagHistory(known.seen + (not dismissed), known.dismissed + dismissed)
        else:
            self._tags.keep(self._limits.tags - 1)
            self._tags.enter(tag, TagHistory(int(not dismissed), int(dismissed)))

    def _add_second(self, kind: InteractionKind, target: str, second: int) -> None:
        table = self._recent.get(kind)
        if table is None:
            table = self._recent[kind] = RankedTable(self._before.recent.get(kind, {}), _latest)
        seconds = table.entries.get(target)
        if seconds is None:
            table.enter(target, [second])
            table.keep(self._limits.recent_targets)
            return
        if not isinstance(seconds, list):
            seconds = list(seconds)
            table.entries[target] = seconds
        if second >= seconds[-1]:
            seconds.append(second)
        else:
            insort(seconds, second)
        if len(seconds) > 2 * self._limits.recent_seconds:
            del seconds[: -self._limits.recent_seconds]

    def _remembered_seconds(self, start_us: int) -> dict[InteractionKind, Mapping[str, tuple[int, ...]]]:
        before = self._before
        moved = before.last_seen_us is None or horizon_start_us(before.last_seen_us) != start_us
        recent: dict[InteractionKind, Mapping[str, tuple[int, ...]]] = dict(before.recent)
        for kind in recent.keys() | self._recent.keys() if moved else self._recent.keys():
            entries = self._recent[kind].entries if kind in self._recent else recent[kind]
            trimmed = self._trimmed(entries, start_us // SECOND_US)
            if trimmed:
                recent[kind] = trimmed
            else:
                recent.pop(kind, None)
        return recent

    def _trimmed(self, entries: Mapping[str, Sequence[int]], start: int) -> dict[str, tuple[int, ...]]:
        trimmed = {}
        for target, seconds in entries.items():
            if isinstance(seconds, tuple) and seconds[0] >= start:
                trimmed[target] = seconds
            elif seconds[-1] >= start:
                first = max(bisect_left(seconds, start), len(seconds) - self._limits.recent_seconds)
                trimmed[target] = tuple(seconds[first:])
        return trimmed


def _latest(seconds: Sequence[int]) -> int:
    return seconds[-1]
