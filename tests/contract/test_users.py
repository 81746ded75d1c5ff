"""Does every store of users keep what the port `Users` promises?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from domain.model.interactions import InteractionKey
from domain.model.pages import PageRequest
from domain.model.rules import RuleChangeKind, RuleId
from domain.model.segments import SegmentKey, SegmentMembership
from domain.model.users import PersonalizationChoice, UserId
from domain.ports.interactions import Receipt
from tests.builders.interactions import interaction
from tests.builders.rules import build_rule

if TYPE_CHECKING:
    from domain.ports.units_of_work import UnitsOfWork

pytest_plugins = ("tests.integration.postgres.databases",)

ADA, GRACE = UserId("ada"), UserId("grace")
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
POWER = SegmentKey("power_user")


async def track(begin: UnitsOfWork, user_id: UserId) -> Receipt:
    async with begin() as work:
        receipt = await work.interactions.add([interaction(user_id=user_id, key=InteractionKey("k"))], NOW)
        await work.commit()
    return receipt


async def choose(begin: UnitsOfWork, choice: PersonalizationChoice) -> None:
    async with begin() as work:
        await work.users.choose(ADA, choice)
        await work.commit()


async def erase(begin: UnitsOfWork, user_id: UserId) -> bool:
    async with begin() as work:
        erased = await work.users.erase(user_id)
        await work.commit()
    return erased


class UsersContract:
    @pytest.mark.parametrize("tracked", [False, True])
    async def test_a_choice_is_kept_whether_or_not_the_user_was_known(
        self, begin: UnitsOfWork, *, tracked: bool
    ) -> None:
        if tracked:
            await track(begin, ADA)
        for choice in (
            PersonalizationChoice(enabled=False, changed_at=NOW),
            PersonalizationChoice(use_of_models=False),
        ):
            await choose(begin, choice)

            async with begin() as work:
                assert (await work.profiles.of_users([ADA]))[ADA].choice == choice

    async def test_opting_out_removes_the_mark_and_opting_in_does_not_bring_it_back(self, begin: UnitsOfWork) -> None:
        await track(begin, ADA)
        await choose(begin, PersonalizationChoice(enabled=False))
        await choose(begin, PersonalizationChoice(enabled=True))

        async with begin() as work:
            assert (await work.profiles.lock(ADA)).mark is None

    async def test_erasing_leaves_nothing_of_the_user_and_everything_of_others(self, begin: UnitsOfWork) -> None:
        for user_id in (ADA, GRACE):
            await track(begin, user_id)
            async with begin() as work:
                (claimed,) = await work.profiles.claim(1, NOW, 1, 0)
                member = SegmentMembership(POWER, 1.0, NOW)
                profile = type(claimed.profile)(user_id, revision=1, memberships=(member,))
                await work.profiles.save(type(claimed)(profile, 1, claimed.mark), NOW, 1)
                await work.commit()

        assert await erase(begin, ADA)

        async with begin() as work:
            assert set(await work.profiles.of_users([ADA, GRACE])) == {GRACE}
            assert [r async for r in work.interactions.received_after(ADA, 0)] == []
            assert len([r async for r in work.interactions.received_after(GRACE, 0)]) == 1
            members = await work.segments.members(POWER, PageRequest())
            assert [user_id for user_id, _ in members.items] == [GRACE]

    async def test_erasing_somebody_unknown_says_so(self, begin: UnitsOfWork) -> None:
        assert not await erase(begin, ADA)
        await track(begin, ADA)
        assert await erase(begin, ADA)
        assert not await erase(begin, ADA)

    async def test_what_is_tracked_after_erasing_starts_afresh(self, begin: UnitsOfWork) -> None:
        await track(begin, ADA)
        await choose(begin, PersonalizationChoice(enabled=False))
        await erase(begin, ADA)

        assert await track(begin, ADA) == Receipt(accepted=1, duplicates=0, ignored=0)

    async def test_an_erased_author_is_named_nowhere_in_the_rules(self, begin: UnitsOfWork) -> None:
        rule = build_rule()
        async with begin() as work:
            await work.rules.add(rule, RuleChangeKind.CREATED)
            await work.commit()

        assert await erase(begin, rule.updated_by)

        async with begin() as work:
            left = await work.rules.get(RuleId(rule.id))
            history = await work.rules.history(RuleId(rule.id), PageRequest())
        assert left is not None
        assert rule.updated_by not in {left.updated_by, *(past.rule.updated_by for past in history.items)}


class TestPostgresUsers(UsersContract):
    pass
