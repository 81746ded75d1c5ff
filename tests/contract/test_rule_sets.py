"""Does every store of the rule set, and of the catalogue in it, keep what `RuleSets` and `Catalogues` promise?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from domain.model.catalogues import Catalogue
from domain.model.definitions import StoredDefinitions
from domain.model.rules import RuleChangeKind, RuleRevision, RuleStatus
from domain.ports.rules import StoredRuleSet
from tests.builders.rules import CATALOGUE, build_rule
from tests.builders.segments import build_segment

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from domain.ports.units_of_work import UnitOfWork, UnitsOfWork

pytest_plugins = ("tests.integration.postgres.databases",)


async def _change_rules(work: UnitOfWork) -> None:
    await work.rule_sets.advance()
    await work.rules.add(build_rule("meanwhile"), RuleChangeKind.CREATED)


async def _change_segments(work: UnitOfWork) -> None:
    await work.rule_sets.advance_segments()
    await work.segments.save(build_segment("meanwhile"))


async def _change_the_catalogue(work: UnitOfWork) -> None:
    await work.rule_sets.advance()
    await work.catalogues.save(CATALOGUE)


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

    async def test_what_is_defined_is_everything_but_archived_rules(self, begin: UnitsOfWork) -> None:
        rules = [build_rule(f"rule-{status}", status=status) for status in RuleStatus]
        async with begin() as work:
            assert await work.rule_sets.living() == StoredDefinitions(0, (), (), Catalogue())
            for rule in rules:
                await work.rules.add(rule, RuleChangeKind.CREATED)
            await work.catalogues.save(CATALOGUE)
            await work.segments.save(build_segment("a"))
            await work.rule_sets.advance()
            await work.rule_sets.advance_segments()
            assert await work.rule_sets.advance_segments() == 2
            stored = await work.rule_sets.living()

        living = {rule.id: rule for rule in rules if rule.status is not RuleStatus.ARCHIVED}
        assert {rule.id: rule for rule in stored.rules} == living
        assert (stored.revision, stored.segments, stored.catalogue) == (3, (build_segment("a"),), CATALOGUE)

    @pytest.mark.parametrize("change", [_change_rules, _change_segments, _change_the_catalogue])
    async def test_whoever_holds_the_definitions_is_waited_for_by_all_who_change_them(
        self, begin: UnitsOfWork, change: Callable[[UnitOfWork], Awaitable[object]]
    ) -> None:
        async def change_meanwhile() -> None:
            async with begin() as other:
                await change(other)
                await other.commit()

        async with begin() as work:
            await work.rule_sets.hold()
            before = await work.rule_sets.living()
            later = asyncio.create_task(change_meanwhile())
            async with begin() as reader:  # reading goes on
                assert await reader.rule_sets.living() == before
            assert await work.rule_sets.living() == before
            assert not later.done()
            await work.rules.record([RuleRevision(build_rule("held"), RuleChangeKind.CREATED)])
            await work.segments.save(build_segment("held"))
            await work.catalogues.save(CATALOGUE)
            await work.rule_sets.advance()
            await work.rule_sets.advance_segments()
            await work.commit()

        await later

    @pytest.mark.parametrize("change", [_change_rules, _change_segments, _change_the_catalogue])
    async def test_whoever_wants_to_hold_the_definitions_waits_for_those_who_are_changing_them(
        self, begin: UnitsOfWork, change: Callable[[UnitOfWork], Awaitable[object]]
    ) -> None:
        async def hold() -> StoredDefinitions:
            async with begin() as other:
                await other.rule_sets.hold()
                return await other.rule_sets.living()

        async with begin() as work:
            await change(work)
            later = asyncio.create_task(hold())
            async with begin() as reader:
                await reader.rule_sets.living()
            assert not later.done()
            stored = await work.rule_sets.living()
            await work.commit()

        assert await later == stored

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
