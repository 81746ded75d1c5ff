"""What would a history be if the user had just done more?

Whatever is done is done now, so it counts in every window that ends now; and it has all that it implies: who did
something was seen, was active today, and interacted. Deeds that imply each other are not added up: two sessions and
two clicks are two clicks, each in a session of its own.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from domain.model.interactions import InteractionKind
from domain.model.profiles import FeatureHistory, SessionSpan
from domain.rules.instants import DAY_US, SECOND_US

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.model.profiles import History

    Targets: TypeAlias = Mapping[str, int]
    Recent: TypeAlias = Mapping[InteractionKind, Mapping[str, tuple[int, ...]]]

MAX_REMEMBERED = 200
"""So many sessions and seconds at most are written out one by one; no window asks for more interactions than 100."""

ANY_TARGET = ""


@dataclass(frozen=True, slots=True)
class Deeds:
    """More sessions, interactions and so on. `did`: of a kind on a target; `ANY_TARGET` stands for whichever."""

    seen: bool = False
    sessions: int = 0
    interactions: int = 0
    conversions: int = 0
    active_days: int = 0
    value_micros: int = 0
    did: Mapping[tuple[InteractionKind, str], int] = field(default_factory=dict)

    def and_did(self, kind: InteractionKind, target: str, times: int) -> Deeds:
        return replace(self, did={**self.did, (kind, target): times})


NOTHING_DONE = Deeds()


def with_deeds(history: History, deeds: Deeds, now_us: int) -> History:
    """The history of a user who also did this, at `now_us`."""
    if deeds == NOTHING_DONE:
        return history
    done = {kind: _by_target(deeds, kind) for kind in dict.fromkeys(kind for kind, _ in deeds.did)}
    if deeds.conversions:
        done[InteractionKind.CONVERSION] = _at_least(deeds.conversions, done.get(InteractionKind.CONVERSION, {}))
    interactions = sum(map(_total, done.values()))
    days = tuple(sorted({*history.days, now_us // DAY_US}))
    sessions = sorted((*history.sessions, *_spans(deeds.sessions, now_us)), key=lambda session: session.start_us)
    return replace(
        history,
        interactions=history.interactions + max(interactions, deeds.interactions, deeds.sessions, deeds.active_days, 1),
        conversions=history.conversions + _total(done.get(InteractionKind.CONVERSION, {})),
        value_micros=history.value_micros + deeds.value_micros,
        first_seen_us=now_us if history.first_seen_us is None else min(history.first_seen_us, now_us),
        last_seen_us=now_us if history.last_seen_us is None else max(history.last_seen_us, now_us),
        older_sessions=history.older_sessions + max(deeds.sessions - MAX_REMEMBERED, 0),
        sessions=tuple(sessions),
        older_days=history.older_days + max(deeds.active_days - (len(days) - len(history.days)), 0),
        days=days,
        features=_used(history, done.get(InteractionKind.FEATURE_USE, {}), now_us),
        recent=_remembered(history.recent, done, now_us // SECOND_US),
    )


def _by_target(deeds: Deeds, kind: InteractionKind) -> Targets:
    named = {target: times for (of, target), times in deeds.did.items() if of is kind and target != ANY_TARGET}
    return _at_least(deeds.did.get((kind, ANY_TARGET), 0), named)


def _at_least(times: int, named: Targets) -> Targets:
    """At least so many in all: what is not on a named target is on none."""
    return Counter(named) + Counter({ANY_TARGET: times - _total(named)})


def _total(targets: Targets) -> int:
    return sum(targets.values())


def _spans(sessions: int, now_us: int) -> list[SessionSpan]:
    return [SessionSpan(now_us, now_us)] * min(sessions, MAX_REMEMBERED)


def _used(history: History, times: Targets, now_us: int) -> Mapping[str, FeatureHistory]:
    used = {feature: uses for feature, uses in times.items() if feature != ANY_TARGET}
    return {**history.features, **{f: _used_more(history.features.get(f), uses, now_us) for f, uses in used.items()}}


def _used_more(known: FeatureHistory | None, uses: int, now_us: int) -> FeatureHistory:
    if known is None:
        return FeatureHistory(uses, now_us, now_us)
    return FeatureHistory(known.uses + uses, known.first_us, max(known.last_us, now_us))


def _remembered(recent: Recent, done: Mapping[InteractionKind, Targets], second: int) -> Recent:
    return {**recent, **{kind: _seconds(recent.get(kind, {}), targets, second) for kind, targets in done.items()}}


def _seconds(known: Mapping[str, tuple[int, ...]], targets: Targets, second: int) -> Mapping[str, tuple[int, ...]]:
    more = {target: (second,) * min(times, MAX_REMEMBERED) for target, times in targets.items()}
    return {**known, **{target: tuple(sorted((*known.get(target, ()), *run))) for target, run in more.items()}}
