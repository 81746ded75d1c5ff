"""Does every store of the rule set, and of the catalogue in it, keep what `RuleSets` and `Catalogues` promise?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from domain.model.catalogues import Catalogue
from domain.model.rules import RuleChangeKind, RuleStatus
from domain.ports.rules import StoredRuleSet
from tests.builders.rules import CATALOGUE, build_rule
from tests.builders.segments import build_segment

if TYPE_CHECKING:
    from domain.ports.units_of_work import UnitsOfWork

pytest_plugins = ("tests.integration.postgres.databases",)


class RuleSetsContract:
    async def test_an_empty_store_holds_the_empty_rule_set_at_revision_0(self, begin: UnitsOfWork) -> None:
        async with begin() as work:
            assert await work.rule_sets.load() == StoredRuleSet(0, (), Catalogue(), (), 0)
            assert await work.rule_sets.revisions() == (0, 0)
            assert await work.catalogues.get() == Catalogue()

    async def test_it_holds_the_active_rules_the_catalogue_and_the_segments(self, begin: UnitsOfWork) -> None:
        async with begin() as work:
            for number, status in enumerate((RuleStatus.ACTIVE, *RuleStatus)):
                await work.rules.add(build_rule(f"rule-{number}", status=status), RuleChangeKind.CREATED)
            await work.catalogues.save(CATALOGUE)
            for key in ("b", "a"):
                await work.segments.save(build_segment(key))
            assert (await work.rule_sets.advance(), await work.rule_sets.advance()) == (1, 2)
            assert await work.rule_sets.advance_segments() == 1
            await work.commit()

        async with begin() as work:
            loaded = await work.rule_sets.load()
        active = (build_rule("rule-0"), build_rule(f"rule-{1 + [*RuleStatus].index(RuleStatus.ACTIVE)}"))
        assert loaded == StoredRuleSet(2, active, CATALOGUE, (build_segment("a"), build_segment("b")), 1)

    async def test_a_saved_catalogue_replaces_the_one_before(self, begin: UnitsOfWork) -> None:
        async with begin() as work:
            for catalogue in (CATALOGUE, Catalogue(), CATALOGUE):
                await work.catalogues.save(catalogue)
                assert await work.catalogues.get() == catalogue

    async def test_units_of_work_that_advance_wait_for_one_another(self, begin: UnitsOfWork) -> None:
        """So nobody sees revision 2 before what belongs to revision 1."""

        async def advance() -> int:
            async with begin() as other:
                revision = await other.rule_sets.advance()
                await other.commit()
            return revision

        async with begin() as work:
            assert await work.rule_sets.advance() == 1
            later = asyncio.create_task(advance())
            async with begin() as reader:
                assert await reader.rule_sets.revisions() == (0, 0)
            assert not later.done()
            await work.commit()

        assert await later == 2

    async def test_an_advance_that_is_not_committed_never_was(self, begin: UnitsOfWork) -> None:
        for _ in range(2):
            async with begin() as work:
                assert await work.rule_sets.advance() == 1
                assert await work.rule_sets.advance_segments() == 1


class TestPostgresRuleSets(RuleSetsContract):
    pass
