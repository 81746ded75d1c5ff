"""Does every audit log keep what the port `AuditLog` promises?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from domain.errors import Refused
from domain.model.audit_log import AuditAction, DefinitionChange
from domain.model.pages import PageRequest
from domain.model.rules import RuleChangeKind, RuleId, RuleKey, RuleStatus
from domain.model.users import UserId
from domain.ports.audit_log import AuditFilter
from domain.rules.documents import content_document
from tests.builders.profiles import NOW
from tests.builders.rules import build_rule

if TYPE_CHECKING:
    from domain.model.audit_log import AuditEntry
    from domain.ports.units_of_work import UnitsOfWork

pytest_plugins = ("tests.integration.postgres.databases",)

GRACE = UserId("grace")


def noted(subject: str = "segment vip", **parts: Any) -> DefinitionChange:
    return DefinitionChange(
        **{"at": NOW, "actor": GRACE, "action": AuditAction.SEGMENT_SAVED, **parts}, subject=subject
    )


async def note(begin: UnitsOfWork, *changes: DefinitionChange) -> None:
    async with begin() as work:
        for change in changes:
            await work.audit_log.note(change)
        await work.commit()


async def entries(begin: UnitsOfWork, **matching: Any) -> tuple[AuditEntry, ...]:
    async with begin() as work:
        return (await work.audit_log.page(AuditFilter(**matching), PageRequest(100))).items


class AuditLogContract:
    async def test_what_was_noted_is_read_as_it_was(self, begin: UnitsOfWork) -> None:
        new = noted(after={"key": "vip", "name": "VIPs"})
        changed = noted(before={"key": "vip"}, after={"key": "vip", "name": None})
        gone = noted(action=AuditAction.SEGMENT_DELETED, before={"key": "vip"})
        await note(begin, new, changed, gone)

        found = await entries(begin)
        assert [entry.change for entry in found] == [gone, changed, new]
        assert sorted((entry.id for entry in found), reverse=True) == [entry.id for entry in found]

    async def test_every_revision_of_a_rule_is_there_with_what_it_changed(self, begin: UnitsOfWork) -> None:
        first = build_rule(status=RuleStatus.DRAFT)
        second = replace(
            first,
            revision=2,
            status=RuleStatus.ACTIVE,
            content=replace(first.content, key=RuleKey("renamed"), priority=3),
            updated_at=NOW + timedelta(minutes=1),
            updated_by=GRACE,
        )
        async with begin() as work:
            await work.rules.add(first, RuleChangeKind.CREATED)
            await work.rules.save(second, RuleChangeKind.UPDATED)
            await work.commit()

        documents = [{"status": rule.status, **content_document(rule.content)} for rule in (first, second)]
        updated, created = AuditAction.RULE_UPDATED, AuditAction.RULE_CREATED
        changes = [
            DefinitionChange(second.updated_at, GRACE, updated, "rule renamed", documents[0], documents[1]),
            DefinitionChange(first.updated_at, first.updated_by, created, "rule r1", None, documents[0]),
        ]
        assert [entry.change for entry in await entries(begin)] == [
            replace(change, rule_id=first.id) for change in changes
        ]

    @pytest.mark.parametrize("kind", RuleChangeKind)
    async def test_every_kind_of_revision_is_an_action(self, begin: UnitsOfWork, kind: RuleChangeKind) -> None:
        async with begin() as work:
            await work.rules.add(build_rule(), kind)
            await work.commit()

        (entry,) = await entries(begin)
        assert entry.change.action == f"RULE_{kind}"

    async def test_changes_of_rules_and_of_others_have_one_order_and_are_read_page_by_page(
        self, begin: UnitsOfWork
    ) -> None:
        for number in range(3):
            await note(begin, noted(f"segment s{number}"))
            async with begin() as work:
                await work.rules.add(build_rule(f"r{number}"), RuleChangeKind.CREATED)
                await work.commit()

        expected = ["rule r2", "segment s2", "rule r1", "segment s1", "rule r0", "segment s0"]
        async with begin() as work:
            first = await work.audit_log.page(AuditFilter(), PageRequest(4))
            rest = await work.audit_log.page(AuditFilter(), PageRequest(4, first.cursors[-1]))
        assert [entry.change.subject for entry in (*first.items, *rest.items)] == expected
        assert (first.has_next, rest.has_next) == (True, False)

    async def test_it_is_filtered_by_rule_author_and_time(self, begin: UnitsOfWork) -> None:
        async with begin() as work:
            await work.rules.add(build_rule("one"), RuleChangeKind.CREATED)
            await work.rules.add(build_rule("other"), RuleChangeKind.CREATED)
            await work.commit()
        await note(begin, noted("segment old", at=NOW - timedelta(days=1)), noted("segment new"))

        async def subjects(**matching: Any) -> list[str]:
            return [entry.change.subject for entry in await entries(begin, **matching)]

        assert await subjects(rule_id=RuleId("one")) == ["rule one"]
        assert await subjects(actor=GRACE) == ["segment new", "segment old"]
        assert await subjects(actor=GRACE, since=NOW) == ["segment new"]
        assert await subjects(until=NOW) == ["segment old"]
        assert await subjects(rule_id=RuleId("one"), actor=GRACE) == []

    async def test_a_change_about_a_user_is_found_with_the_rule_and_names_the_user_until_they_are_erased(
        self, begin: UnitsOfWork
    ) -> None:
        change = noted(
            "rule dark",
            action=AuditAction.VARIATION_OVERRIDDEN,
            after={"variation": "bold"},
            rule_id=RuleId("r1"),
            about=UserId("ada"),
        )
        await note(begin, change, noted())
        assert [entry.change for entry in await entries(begin, rule_id=RuleId("r1"))] == [change]

        async with begin() as work:
            assert await work.users.erase(UserId("ada"))
            await work.commit()

        assert [entry.change for entry in await entries(begin, rule_id=RuleId("r1"))] == [
            replace(change, about=UserId("erased"))
        ]

    async def test_an_erased_author_is_named_no_more(self, begin: UnitsOfWork) -> None:
        await note(begin, noted())
        async with begin() as work:
            assert await work.users.erase(GRACE)
            await work.commit()

        (entry,) = await entries(begin)
        assert entry.change.actor == "erased"
        assert await entries(begin, actor=GRACE) == ()

    async def test_a_cursor_of_another_list_is_refused(self, begin: UnitsOfWork) -> None:
        async with begin() as work:
            with pytest.raises(Refused):
                await work.audit_log.page(AuditFilter(), PageRequest(2, "nonsense"))


class TestPostgresAuditLog(AuditLogContract):
    pass
