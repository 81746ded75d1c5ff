"""Does every store of rules keep what the port `Rules` promises?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings

from domain.errors import Refused
from domain.model.adaptations import LayoutDensity, SetFeature, SetLayout
from domain.model.pages import PageRequest
from domain.model.rules import BucketSpan, Rule, RuleChangeKind, RuleId, RuleKey, RuleRevision, RuleStatus
from domain.model.users import UserId
from domain.ports.rules import RuleFilter, RuleOrder
from tests.builders.profiles import NOW
from tests.builders.rules import DARK, build_rule, contents

if TYPE_CHECKING:
    from domain.model.rules import RuleContent
    from domain.ports.units_of_work import UnitsOfWork

pytest_plugins = ("tests.integration.postgres.databases",)

CREATED, UPDATED = RuleChangeKind.CREATED, RuleChangeKind.UPDATED
ALL = RuleFilter()
each_on_the_same_store = settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


async def add(begin: UnitsOfWork, *rules: Rule) -> None:
    async with begin() as work:
        for rule in rules:
            await work.rules.add(rule, CREATED)
        await work.commit()


def changed(rule: Rule, **parts: Any) -> Rule:
    """The next revision of the rule, made by Grace a minute later."""
    return replace(
        rule,
        revision=rule.revision + 1,
        content=replace(rule.content, **parts),
        updated_at=rule.updated_at + timedelta(minutes=1),
        updated_by=UserId("grace"),
    )


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [problem.code for problem in refused.value.problems]


class RulesContract:
    async def test_an_unknown_rule_is_none(self, begin: UnitsOfWork) -> None:
        async with begin() as work:
            assert await work.rules.get(RuleId("nowhere")) is None
            assert await work.rules.get_many([RuleId("nowhere")]) == {}
            assert await work.rules.get_many([]) == {}
            assert await work.rules.at_revision(RuleId("nowhere"), 1) is None
            assert (await work.rules.history(RuleId("nowhere"), PageRequest())).items == ()

    @each_on_the_same_store
    @given(content=contents())
    async def test_any_rule_is_read_as_it_was_added(self, begin: UnitsOfWork, content: RuleContent) -> None:
        rule = replace(build_rule(), content=content, salt="salt", status=RuleStatus.PAUSED)
        async with begin() as work:
            await work.rules.add(rule, CREATED)

            assert await work.rules.get(rule.id) == rule
            assert await work.rules.at_revision(rule.id, 1) == rule

    async def test_several_rules_are_read_at_once_in_any_status(self, begin: UnitsOfWork) -> None:
        one, other = build_rule("one"), build_rule("other", status=RuleStatus.ARCHIVED)
        await add(begin, one, other, build_rule("third"))

        async with begin() as work:
            assert await work.rules.get_many([other.id, RuleId("nowhere"), one.id]) == {one.id: one, other.id: other}

    async def test_the_rule_with_a_key_is_the_one_that_is_not_archived(self, begin: UnitsOfWork) -> None:
        key = RuleKey("night")
        gone = build_rule("gone", key=key, status=RuleStatus.ARCHIVED)
        await add(begin, gone)
        async with begin() as work:
            assert await work.rules.with_key(key) is None

        living = build_rule("living", key=key, status=RuleStatus.DRAFT)
        await add(begin, living)
        async with begin() as work:
            assert await work.rules.with_key(key) == living

    async def test_the_living_rules_of_an_exclusion_group_are_found_with_what_they_hold(
        self, begin: UnitsOfWork
    ) -> None:
        held = (BucketSpan(100, 300), BucketSpan(0, 50))
        one = build_rule("one", exclusion_group="welcome", held=held)
        draft = build_rule("draft", exclusion_group="welcome", status=RuleStatus.DRAFT)
        archived = build_rule("archived", exclusion_group="welcome", status=RuleStatus.ARCHIVED)
        await add(begin, one, draft, archived, build_rule("other", exclusion_group="other"), build_rule("alone"))

        async with begin() as work:
            assert await work.rules.in_exclusion_group("welcome") == [draft, one]
            assert await work.rules.in_exclusion_group("nobody's") == []
            assert await work.rules.at_revision(one.id, 1) == one

    async def test_every_revision_is_kept_as_it_was_latest_first(self, begin: UnitsOfWork) -> None:
        first = build_rule()
        second = changed(first, name="Second")
        third = changed(second, name="Third", priority=9)
        await add(begin, first)
        async with begin() as work:
            await work.rules.save(second, UPDATED)
            await work.rules.save(third, RuleChangeKind.ROLLED_BACK)

            assert await work.rules.get(first.id) == third
            assert (await work.rules.history(first.id, PageRequest())).items == (
                RuleRevision(third, RuleChangeKind.ROLLED_BACK),
                RuleRevision(second, UPDATED),
                RuleRevision(first, CREATED),
            )
            assert [await work.rules.at_revision(first.id, n) for n in (1, 2, 3, 4)] == [first, second, third, None]
            wanted = [(first.id, 1), (first.id, 3), (first.id, 4), (RuleId("nowhere"), 1)]
            assert await work.rules.at_revisions(wanted) == {wanted[0]: first, wanted[1]: third}
            assert await work.rules.at_revisions([]) == {}

    async def test_histories_are_paged_in_the_order_of_the_rules_asked_for(self, begin: UnitsOfWork) -> None:
        one, other = build_rule("one"), build_rule("other")
        await add(begin, one, other)
        async with begin() as work:
            await work.rules.save(changed(one), UPDATED)

            pages = await work.rules.histories([RuleId("other"), RuleId("nowhere"), RuleId("one")], PageRequest(1))
            rest = await work.rules.history(one.id, PageRequest(1, pages[2].cursors[0]))

        assert [[(r.rule.id, r.revision) for r in page.items] for page in pages] == [[("other", 1)], [], [("one", 2)]]
        assert [page.has_next for page in pages] == [False, False, True]
        assert [r.revision for r in rest.items] == [1]
        assert not rest.has_next

    async def test_a_revision_that_is_not_the_next_one_is_refused_naming_the_current_one(
        self, begin: UnitsOfWork
    ) -> None:
        rule = build_rule(revision=1)
        await add(begin, rule)
        async with begin() as work:
            await work.rules.save(changed(rule), UPDATED)
            for stale in (changed(rule), replace(rule, revision=4)):
                with pytest.raises(Refused, match="at revision 2") as refused:
                    await work.rules.save(stale, UPDATED)
                assert codes(refused) == ["STALE_REVISION"]

            assert len((await work.rules.history(rule.id, PageRequest())).items) == 2

    @each_on_the_same_store
    @given(content=contents())
    async def test_many_revisions_are_recorded_like_single_ones(self, begin: UnitsOfWork, content: RuleContent) -> None:
        known = build_rule("known", salt="another")
        next_one = replace(changed(known), content=replace(content, key=RuleKey("known")), salt="given")
        new = replace(build_rule("new", status=RuleStatus.DRAFT), content=replace(content, key=RuleKey("new")))
        async with begin() as work:
            await work.rules.add(known, CREATED)
            await work.rules.record([RuleRevision(new, CREATED), RuleRevision(next_one, UPDATED)])
            await work.rules.record([])

            assert await work.rules.get_many([known.id, new.id]) == {known.id: next_one, new.id: new}
            histories = await work.rules.histories([known.id, new.id], PageRequest())
        assert [page.items for page in histories] == [
            (RuleRevision(next_one, UPDATED), RuleRevision(known, CREATED)),
            (RuleRevision(new, CREATED),),
        ]

    async def test_more_revisions_than_one_statement_takes_are_recorded(self, begin: UnitsOfWork) -> None:
        rules = [build_rule(f"rule-{number}") for number in range(501)]
        async with begin() as work:
            await work.rules.record([RuleRevision(rule, CREATED) for rule in rules])

            assert await work.rules.count(ALL) == 501
            assert await work.rules.at_revision(RuleId("rule-500"), 1) == rules[-1]

    async def test_recording_a_revision_that_is_not_the_next_one_is_refused(self, begin: UnitsOfWork) -> None:
        rule = build_rule()
        await add(begin, rule)
        for stale in (rule, replace(rule, revision=3), replace(changed(rule), id=RuleId("nowhere"))):
            async with begin() as work:
                with pytest.raises(Refused) as refused:
                    await work.rules.record([RuleRevision(build_rule("other"), CREATED), RuleRevision(stale, UPDATED)])
                assert codes(refused) == ["STALE_REVISION"]

    async def test_recording_a_rule_whose_key_is_taken_is_refused(self, begin: UnitsOfWork) -> None:
        rule = build_rule()
        await add(begin, rule)
        async with begin() as work:
            with pytest.raises(Refused) as refused:
                await work.rules.record([RuleRevision(replace(rule, id=RuleId("other")), CREATED)])
            assert codes(refused) == ["RULE_KEY_TAKEN"]
            assert await work.rules.get(rule.id) == rule

    async def test_two_living_rules_never_share_a_key(self, begin: UnitsOfWork) -> None:
        one, other = build_rule("one"), build_rule("other")
        taken = replace(other.content, key=one.content.key)
        async with begin() as work:
            await work.rules.add(one, CREATED)
            with pytest.raises(Refused) as refused:
                await work.rules.add(replace(other, content=taken), CREATED)
            assert codes(refused) == ["RULE_KEY_TAKEN"]

            await work.rules.add(other, CREATED)
            with pytest.raises(Refused) as refused:
                await work.rules.save(changed(other, key=one.content.key), UPDATED)
            assert codes(refused) == ["RULE_KEY_TAKEN"]
            assert await work.rules.get(other.id) == other

    async def test_the_key_of_an_archived_rule_is_free_until_it_lives_again(self, begin: UnitsOfWork) -> None:
        archived = build_rule("one", status=RuleStatus.ARCHIVED)
        heir = replace(build_rule("heir"), content=archived.content)
        await add(begin, archived, heir)

        async with begin() as work:
            with pytest.raises(Refused) as refused:
                await work.rules.save(replace(changed(archived), status=RuleStatus.DRAFT), UPDATED)
        assert codes(refused) == ["RULE_KEY_TAKEN"]

    @pytest.mark.parametrize(
        ("order", "expected"),
        [
            (RuleOrder.PRIORITY_DESC, ["b", "d", "a", "c"]),
            (RuleOrder.UPDATED_DESC, ["c", "a", "b", "d"]),
            (RuleOrder.NAME_ASC, ["d", "a", "b", "c"]),
        ],
    )
    async def test_rules_are_paged_in_every_order(
        self, begin: UnitsOfWork, order: RuleOrder, expected: list[str]
    ) -> None:
        later = NOW + timedelta(hours=1)
        c = replace(build_rule("c", name="Zoo", priority=-1), updated_at=later)
        await add(begin, c, build_rule("b", name="Same", priority=5))
        await add(begin, build_rule("a", name="Same"), build_rule("d", name="Alone", priority=5))

        async with begin() as work:
            page = await work.rules.page(ALL, order, PageRequest(1))
            ids = [rule.id for rule in page.items]
            while page.has_next:
                page = await work.rules.page(ALL, order, PageRequest(1, page.cursors[-1]))
                ids.extend(rule.id for rule in page.items)
            other = RuleOrder.NAME_ASC if order is not RuleOrder.NAME_ASC else RuleOrder.PRIORITY_DESC
            with pytest.raises(Refused, match="cursor"):
                await work.rules.page(ALL, other, PageRequest(1, page.cursors[0]))
        assert ids == expected

    @pytest.mark.parametrize(
        ("matching", "expected"),
        [
            (ALL, {"dark", "export", "old"}),
            (RuleFilter(statuses=frozenset({RuleStatus.DRAFT, RuleStatus.ARCHIVED})), {"export", "old"}),
            (RuleFilter(statuses=frozenset()), set()),
            (RuleFilter(place="login"), {"dark", "old"}),
            (RuleFilter(place="dashboard"), {"dark", "export", "old"}),
            (RuleFilter(slot="feature:export"), {"export"}),
            (RuleFilter(slot="theme.mode", place="login"), {"dark", "old"}),
            (RuleFilter(search="GRÜSS"), {"export"}),
            (RuleFilter(search="100%"), {"dark"}),
            (RuleFilter(search="_"), set()),
        ],
    )
    async def test_rules_are_filtered_and_counted(
        self, begin: UnitsOfWork, matching: RuleFilter, expected: set[str]
    ) -> None:
        places = frozenset({"dashboard"})
        export = build_rule(
            "export", SetFeature("export"), SetLayout(LayoutDensity.COMPACT), status=RuleStatus.DRAFT, places=places
        )
        export = replace(export, content=replace(export.content, name="grüss Gott"))
        await add(begin, build_rule("dark", DARK, description="Dark, 100% of the time"), export)
        await add(begin, build_rule("old", status=RuleStatus.ARCHIVED, key=RuleKey("old")))

        async with begin() as work:
            page = await work.rules.page(matching, RuleOrder.NAME_ASC, PageRequest())
            assert {rule.id for rule in page.items} == expected
            assert await work.rules.count(matching) == len(expected)


class TestPostgresRules(RulesContract):
    pass
