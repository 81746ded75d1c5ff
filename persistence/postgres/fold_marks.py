"""How are users marked, so that a worker folds what is new about them?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from domain.model.users import UserId
    from persistence.postgres.transactions import Transaction

# A later mark is a new number at the old place in the queue.
_MARK = text(
    """
    INSERT INTO fold_marks (user_id, marked_at)
    SELECT user_id, :marked_at FROM unnest(CAST(:user_ids AS text[])) AS given (user_id) ORDER BY user_id
    ON CONFLICT (user_id) DO UPDATE SET mark = EXCLUDED.mark
    """
)


async def mark(transaction: Transaction, user_ids: Iterable[UserId], marked_at: datetime) -> None:
    """The last that a transaction locks: in the order of ids, after users and profiles.

    Whoever marks users holds them, at least from being erased: nothing else keeps marks of nobody out.
    """
    await transaction.execute(_MARK, {"user_ids": list(user_ids), "marked_at": marked_at})
