"""How does PostgreSQL store what users chose, and how does it forget them?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from domain.model.users import PersonalizationChoice, UserId
    from persistence.postgres.transactions import Transaction

ERASED_USER = "erased"
"""Stands where a user had changed a definition, or was the one concerned: the change stays known, the user does not."""

_CHOOSE = text(
    """
    INSERT INTO users (user_id, personalization_enabled, use_of_models, choice_changed_at)
    VALUES (:user_id, :enabled, :use_of_models, :changed_at)
    ON CONFLICT (user_id) DO UPDATE
    SET personalization_enabled = EXCLUDED.personalization_enabled, use_of_models = EXCLUDED.use_of_models,
        choice_changed_at = EXCLUDED.choice_changed_at
    """
)
_MAKE_CLAIMABLE = text(
    """
    INSERT INTO profiles (user_id, claimable) VALUES (:user_id, :enabled)
    ON CONFLICT (user_id) DO UPDATE SET claimable = EXCLUDED.claimable
    """
)
_UNMARK = text("DELETE FROM fold_marks WHERE user_id = :user_id")
# Everything else about a user goes by foreign keys and a trigger, aliases too.
# Of an alias nothing is stored but whose it is.
_ERASE = text("DELETE FROM users WHERE user_id = :user_id AND linked_to IS NULL")
_FORGET_NAME = (
    text("UPDATE rules SET updated_by = :nobody WHERE updated_by = :user_id"),
    text("UPDATE rule_revisions SET by = :nobody WHERE by = :user_id"),
    text("UPDATE definition_changes SET by = :nobody WHERE by = :user_id"),
    text("UPDATE definition_changes SET about = :nobody WHERE about = :user_id"),
)


class PostgresUsers:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def choose(self, user_id: UserId, choice: PersonalizationChoice) -> None:
        chosen = {"enabled": choice.enabled, "use_of_models": choice.use_of_models, "changed_at": choice.changed_at}
        await self._transaction.execute(_CHOOSE, {"user_id": user_id, **chosen})
        await self._transaction.execute(_MAKE_CLAIMABLE, {"user_id": user_id, "enabled": choice.enabled})
        if not choice.enabled:
            await self._transaction.execute(_UNMARK, {"user_id": user_id})

    async def erase(self, user_id: UserId) -> bool:
        erased = (await self._transaction.execute(_ERASE, {"user_id": user_id})).rowcount
        for statement in _FORGET_NAME:
            forgotten = await self._transaction.execute(statement, {"user_id": user_id, "nobody": ERASED_USER})
            erased += forgotten.rowcount
        return erased > 0
