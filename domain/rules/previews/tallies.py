"""How many users does a change concern, and who are some of them?"""

from __future__ import annotations

from collections import Counter
from heapq import nsmallest
from typing import TYPE_CHECKING, TypeAlias
from zlib import crc32

from domain.model.previews import RulePreview, SlotChange
from domain.model.users import UserId

if TYPE_CHECKING:
    from domain.model.configs import Slot
    from domain.rules.previews.previews import Effect

    _Place: TypeAlias = tuple[int, UserId]
    """By chance, as far as ids are concerned, but always the same one."""

MAX_SAMPLE = 100
_BEHIND_ALL: _Place = (1 << 32, UserId(""))


class Tally:
    """Counts one user after another, and keeps a sample of the audience that does not depend on their order."""

    def __init__(self) -> None:
        self.sampled_users = 0
        self._effects: Counter[Effect] = Counter()
        self._sample: list[_Place] = []
        self._last = _BEHIND_ALL

    def count(self, user_id: UserId, effect: Effect) -> None:
        self.sampled_users += 1
        self._effects[effect] += 1
        if effect.applies:
            self._enter(user_id)

    def _enter(self, user_id: UserId) -> None:
        """Into the sample, unless it is full already of users who come before."""
        place = (crc32(user_id.encode()), user_id)
        if place < self._last:
            self._sample.append(place)
            if len(self._sample) >= 2 * MAX_SAMPLE:
                self._sample = nsmallest(MAX_SAMPLE, self._sample)
                self._last = self._sample[-1]

    def preview(self, population: int) -> RulePreview:
        """The counts for a population of which everybody, or a sample by chance, was counted."""

        def scaled(counted: int) -> int:
            return round(counted * population / self.sampled_users)

        if self.sampled_users == 0:
            return RulePreview(population=population)
        slots: Counter[Slot] = Counter()
        for effect, users in self._effects.items():
            slots.update(dict.fromkeys(effect.slots, users))
        most_first = sorted(slots.items(), key=lambda item: (-item[1], item[0]))
        return RulePreview(
            audience=scaled(sum(users for effect, users in self._effects.items() if effect.applies)),
            population=population,
            sampled_users=self.sampled_users,
            changed_configs=scaled(sum(users for effect, users in self._effects.items() if effect.slots)),
            changed_slots=tuple(SlotChange(slot, scaled(users)) for slot, users in most_first),
            sample=tuple(user_id for _, user_id in nsmallest(MAX_SAMPLE, self._sample)),
        )
