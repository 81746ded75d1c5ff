"""At which points of everybody's logs is the next action predicted, and what is known there?"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import nsmallest
from typing import TYPE_CHECKING

import numpy as np

from domain.rules.folding.trails import TRAIL_LIMITS, kept_from
from prediction.next_actions.chains import MOST_KNOWN, chain_of
from prediction.next_actions.memories import chance
from prediction.next_actions.predictors import in_batches
from prediction.next_actions.windows import steps_of_log

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from domain.model.habits import Action
    from prediction.matrices import Counts
    from prediction.next_actions.chains import Chain
    from prediction.next_actions.memories import ActionLog
    from prediction.next_actions.windows import Steps, Windows

_POINT_SALT = 3
_POINTS_PER_USER = 1 << 32
_TOKENS = 1 << 31


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Of the user at this place: the action at this position is to be predicted from those before it."""

    users: Counts
    positions: Counts


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """The actions known by a code, and the code of each by its number in the memory, -1 for those not known."""

    actions: tuple[Action, ...]
    places: Counts


def vocabulary(logs: Sequence[ActionLog], trained: Counts, actions: Sequence[Action]) -> Vocabulary:
    """The most frequent actions of those that may be learnt from; of equally frequent ones, the first by name."""
    counts = np.zeros(len(actions), dtype=np.int64)
    for log, end in zip(logs, trained, strict=True):
        np.add.at(counts, log.numbers[:end], 1)  # as long as the log, not as there are actions
    ever = np.flatnonzero(counts)
    often = counts.tolist()
    ranked = nsmallest(MOST_KNOWN, ever.tolist(), key=lambda number: (-often[number], actions[number]))
    places = np.full(len(actions), -1, dtype=np.int64)
    places[ranked] = np.arange(len(ranked))
    return Vocabulary(tuple(actions[number] for number in ranked), places)


def vocabulary_of(known: Sequence[Action], actions: Sequence[Action]) -> Vocabulary:
    """That of a model which knows these, in a memory that numbers others."""
    codes = {action: code for code, action in enumerate(known)}
    return Vocabulary(tuple(known), np.array([codes.get(action, -1) for action in actions], dtype=np.int64))


def chain_until(logs: Sequence[ActionLog], ends: Counts, known: Vocabulary) -> Chain:
    """Of the first actions of each user."""
    size = len(known.actions)
    codes = (known.places[log.numbers[:end]] for log, end in zip(logs, ends, strict=True))
    return chain_of((np.where(each < 0, size, each) for each in codes), size)


def points_between(logs: Sequence[ActionLog], starts: Counts, ends: Counts, most: int) -> Points:
    """At most so many of all points from each user's start to their end, chosen as by chance; in order of users."""
    lengths = np.maximum(ends - starts, 0)
    users = np.repeat(np.arange(len(logs)), lengths)
    positions = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths) + np.repeat(starts, lengths)
    if len(users) > most:
        tokens = np.array([log.token % _TOKENS * _POINTS_PER_USER for log in logs])[users] + positions
        chosen = np.sort(np.argsort(chance(tokens, _POINT_SALT), kind="stable")[:most])
        users, positions = users[chosen], positions[chosen]
    return Points(users, positions)


def windows_at(logs: Sequence[ActionLog], points: Points, known: Vocabulary) -> Iterator[tuple[Windows, Counts]]:
    """What a trail would have shown there, in batches, and the code of what came next.

    That is `windows.known`, which is no candidate, for an action that neither the chain nor the trail knows.
    """
    size = len(known.actions)
    labels: list[int] = []

    def rows() -> Iterator[Steps]:
        for user, position in zip(points.users.tolist(), points.positions.tolist(), strict=True):
            steps, label = _at(logs[user], position, known)
            labels.append(label)
            yield steps

    done = 0
    for windows in in_batches(rows(), size):
        yield windows, np.array(labels[done : done + windows.rows], dtype=np.int64)
        done += windows.rows


def _at(log: ActionLog, position: int, known: Vocabulary) -> tuple[Steps, int]:
    first = max(0, position - TRAIL_LIMITS.actions)
    first += kept_from(log.numbers[first:position].tolist())
    before = log.numbers[first:position]
    codes, seconds = steps_of_log(before, log.seconds[first:position], known.places, len(known.actions))
    number = log.numbers[position]
    label = int(known.places[number])
    if label < 0:
        same = np.flatnonzero(before == number)
        label = int(codes[same[0]]) if len(same) else len(known.actions)
    return (codes, seconds), label
