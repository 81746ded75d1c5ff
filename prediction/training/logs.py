"""What does training read of each user?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.model.interactions import RecordedInteraction
    from domain.model.users import UserId


@dataclass(frozen=True, slots=True)
class UserLog:
    """Everything received of one user before training began, in order of receipt."""

    user_id: UserId
    interactions: Sequence[RecordedInteraction]
