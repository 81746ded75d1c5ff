"""How many users does a change concern, and who are some of them?"""

from __future__ import annotations

from collections import Counter
from heapq import nsmallest
from typing import TYPE_CHECKING
from zlib import crc32

from domain.model.previews import RulePreview, SlotChange

if TYPE_CHECKING:
    from domain.model.configs import Slot
    from domain.model.users import UserId
    from domain.rules.previews.previews import Effect

MAX_SAMPLE = 100


class Tally:
    """Counts one user after another, and keeps a sample of the audience that does not depend on their order."""

    def __init__(self) -> None:
        self.sampled_users = 0
        self._audience = 0
        self._changed = 0
        self._slots: Counter[Slot] = Counter()
        self._sample: list[UserId] = []

    def count(self, user_id: UserId, effect: Effect) -> None:
        self.sampled_users += 1
        if effect.applies:
            self._audience += 1
            self._sample.append(user_id)
            if len(self._sample) >= 2 * MAX_SAMPLE:
                self._sample = _chosen(self._sample)
        if effect.slots:
            self._changed += 1
            self._slots.update(effect.slots)

    def preview(self, population: int) -> RulePreview:
        """The counts for a population of which everybody, or a sample by chance, was counted."""

        def scaled(counted: int) -> int:
            return round(counted * population / self.sampled_users)

        if self.sampled_users == 0:
            return RulePreview(population=population)
        most_first = sorted(self._slots.items(), key=lambda item: (-item[1], item[0]))
        return RulePreview(
            audience=scaled(self._audience),
            population=population,
            sampled_users=self.sampled_users,
            changed_configs=scaled(self._changed),
            changed_slots=tuple(SlotChange(slot, scaled(users)) for slot, users in most_first),
            sample=tuple(_chosen(self._sample)),
        )


def _chosen(user_ids: list[UserId]) -> list[UserId]:
    """By chance, as far as ids are concerned, but always the same ones."""
    return nsmallest(MAX_SAMPLE, user_ids, key=lambda user_id: (crc32(user_id.encode()), user_id))
