"""What does training remember of everybody's actions, within bounds?"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from domain.rules.folding.trails import NO_ACTIONS, NO_TARGET
from domain.rules.instants import SECOND_US, microseconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.model.habits import Action
    from domain.model.interactions import RecordedInteraction
    from domain.model.users import UserId
    from prediction.matrices import Counts

_EVERYBODY = 1 << 63
_SIXTY_FOUR_BITS = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class MemoryLimits:
    """Twelve bytes an action, and about 300 for the name of each distinct one, and what is counted by it."""

    actions: int = 20_000_000
    distinct: int = 250_000
    actions_of_one_user: int = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class ActionLog:
    """One user's actions in order of receipt: which (numbers given by the memory), and when, in seconds since 1970.

    `token` stands for the user wherever something is chosen as by chance.
    """

    token: int
    numbers: Counts
    seconds: Counts


class ActionMemory:
    """The latest actions of everybody, or of as many users as fit: then of every second one, every fourth, ...

    Which ones is decided by the hash of their ids alone, so that the order in which they are added does not matter.
    """

    def __init__(self, limits: MemoryLimits | None = None) -> None:
        self._limits = limits or MemoryLimits()
        self._numbers: dict[Action, int] = {}
        self._logs: dict[int, tuple[array[int], array[int]]] = {}
        self._actions = 0
        self._below = _EVERYBODY

    @property
    def share_of_users(self) -> float:
        return self._below / _EVERYBODY

    @property
    def users(self) -> int:
        """Of whom an action is remembered."""
        return len(self._logs)

    def add(self, user_id: UserId, interactions: Sequence[RecordedInteraction]) -> None:
        token = _token(user_id)
        if token >= self._below:
            return
        done = [each.interaction for each in interactions if each.interaction.kind not in NO_ACTIONS]
        done = done[-self._limits.actions_of_one_user :]
        if not done:
            return
        numbers = self._numbers
        self._logs[token] = (
            array("i", [numbers.setdefault((each.kind, each.target or NO_TARGET), len(numbers)) for each in done]),
            array("q", [microseconds(each.occurred_at) // SECOND_US for each in done]),
        )
        self._actions += len(done)
        while self._actions > self._limits.actions or len(self._numbers) > self._limits.distinct:
            self._halve()

    def actions(self) -> Sequence[Action]:
        """By number."""
        return list(self._numbers)

    def logs(self) -> Sequence[ActionLog]:
        """In an order that does not depend on that of adding."""
        return [
            ActionLog(token, np.array(self._logs[token][0], dtype=np.int64), np.array(self._logs[token][1]))
            for token in sorted(self._logs)
        ]

    def _halve(self) -> None:
        self._below //= 2
        self._logs = {token: log for token, log in self._logs.items() if token < self._below}
        self._actions = sum(len(numbers) for numbers, _ in self._logs.values())
        named = list(self._numbers)
        used = dict.fromkeys(number for numbers, _ in self._logs.values() for number in numbers)
        again = {number: place for place, number in enumerate(used)}
        self._numbers = {named[number]: place for number, place in again.items()}
        self._logs = {
            token: (array("i", [again[number] for number in numbers]), seconds)
            for token, (numbers, seconds) in self._logs.items()
        }


def chance(tokens: Counts, salt: int) -> Counts:
    """Numbers from 0 to 2 ** 63 - 1 as by chance, the same for the same tokens (SplitMix64; Steele et al., 2014)."""
    start = np.uint64(salt * 0x9E3779B97F4A7C15 & _SIXTY_FOUR_BITS)
    mixed = tokens.astype(np.uint64) + start
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(1)).astype(np.int64)


def _token(user_id: UserId) -> int:
    return int.from_bytes(blake2b(user_id.encode(), digest_size=8).digest(), "big") >> 1
