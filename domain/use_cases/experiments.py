"""How experiments on rules are started and concluded: as revisions of their rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.model.rules import RuleChangeKind
from domain.rules.experiment_changes import check_windows, concluded, started
from domain.use_cases.rules import RuleChange, refuse_archived

if TYPE_CHECKING:
    from domain.model.rules import Rule, RuleId
    from domain.model.users import UserId
    from domain.ports.units_of_work import UnitOfWork
    from domain.use_cases.rules import RuleWriter


@dataclass(frozen=True, slots=True)
class StartExperiment:
    """In any status but archived: users are assigned as soon as the rule is active. Every start is a new run."""

    writer: RuleWriter

    async def __call__(self, rule_id: RuleId, author: UserId) -> Rule:
        async def make(_: UnitOfWork, before: Rule) -> Rule:
            refuse_archived(before, "ruleId")
            check_windows(before.content, self.writer.retention)
            return started(before, self.writer.clock.now())

        return await self.writer.change(RuleChange(rule_id, None, RuleChangeKind.UPDATED, make, "ruleId"), author)


@dataclass(frozen=True, slots=True)
class ConcludeExperiment:
    """From then on, whoever the rule is for gets the winner's adaptations."""

    writer: RuleWriter

    async def __call__(self, rule_id: RuleId, winner: str, author: UserId) -> Rule:
        async def make(_: UnitOfWork, before: Rule) -> Rule:
            refuse_archived(before, "ruleId")
            return concluded(before, winner, self.writer.clock.now())

        return await self.writer.change(RuleChange(rule_id, None, RuleChangeKind.UPDATED, make, "ruleId"), author)
