"""Does every store of interactions keep what the port `Interactions` promises?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from domain.errors import Refused
from domain.model.interactions import Device, Interaction, InteractionKey, InteractionKind
from domain.model.pages import PageRequest
from domain.model.users import PersonalizationChoice, UserId
from domain.ports.interactions import InteractionFilter, Receipt
from tests.builders.interactions import HOUR, MINUTE, MONDAY, interaction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.model.interactions import RecordedInteraction
    from domain.ports.units_of_work import UnitsOfWork

pytest_plugins = ("tests.integration.postgres.databases",)

ADA = UserId("ada")
GRACE = UserId("grace")
RECEIVED_AT = datetime(2026, 3, 3, tzinfo=UTC)
EVERYTHING = InteractionFilter()


def some(count: int, user_id: UserId = ADA, prefix: str = "key") -> list[Interaction]:
    """Interactions a minute apart, oldest first."""
    return [
        interaction(MONDAY + i * MINUTE, user_id=user_id, key=InteractionKey(f"{prefix}-{i}")) for i in range(count)
    ]


async def add(begin: UnitsOfWork, interactions: Sequence[Interaction]) -> Receipt:
    async with begin() as work:
        receipt = await work.interactions.add(interactions, RECEIVED_AT)
        await work.commit()
    return receipt


async def received(begin: UnitsOfWork, user_id: UserId = ADA, after: int = 0) -> list[RecordedInteraction]:
    async with begin() as work:
        return [recorded async for recorded in work.interactions.received_after(user_id, after)]


async def listed(begin: UnitsOfWork, matching: InteractionFilter = EVERYTHING) -> list[Interaction]:
    async with begin() as work:
        page = await work.interactions.of_user(ADA, matching, PageRequest(100))
    return [recorded.interaction for recorded in page.items]


class InteractionsContract:
    async def test_every_field_is_kept_and_the_offset_of_the_client_too(self, begin: UnitsOfWork) -> None:
        full = Interaction(
            key=InteractionKey("k"),
            user_id=ADA,
            kind=InteractionKind.FEATURE_USE,
            occurred_at=datetime(2026, 3, 2, 9, 30, 1, 123456, tzinfo=timezone(timedelta(hours=5, minutes=45))),
            target='ex"por\\t, {ö}',
            section="reports",
            tags=("news", 'with "quotes", commas and \\', ""),
            device=Device.MOBILE,
            session_id="s1",
            value=-12.5,
            properties={"nested": [1, 2.5, None, True, {"ключ": "значение"}]},
        )
        bare = interaction(MONDAY.astimezone(timezone(-timedelta(hours=9, minutes=30))), user_id=ADA)

        await add(begin, [full, bare])

        stored = await received(begin)
        assert [recorded.interaction for recorded in stored] == [full, bare]
        assert [recorded.received_at for recorded in stored] == [RECEIVED_AT, RECEIVED_AT]
        assert [r.interaction.occurred_at.utcoffset() for r in stored] == [
            timedelta(hours=5, minutes=45),
            -timedelta(hours=9, minutes=30),
        ]

    async def test_nothing_given_stores_nothing(self, begin: UnitsOfWork) -> None:
        assert await add(begin, []) == Receipt(0, 0, 0)

    async def test_a_known_key_changes_nothing(self, begin: UnitsOfWork) -> None:
        await add(begin, some(2))

        again = [interaction(user_id=ADA, key=InteractionKey("key-1"), target="other"), *some(3)[2:]]
        assert await add(begin, again) == Receipt(accepted=1, duplicates=1, ignored=0)
        assert [r.interaction for r in await received(begin)] == some(3)

    async def test_a_key_counts_once_in_the_same_call_and_the_first_one_wins(self, begin: UnitsOfWork) -> None:
        first, second = (interaction(user_id=ADA, target=target) for target in ("first", "second"))

        assert await add(begin, [first, second]) == Receipt(accepted=1, duplicates=1, ignored=0)
        assert [r.interaction.target for r in await received(begin)] == ["first"]

    @pytest.mark.parametrize("known", [[0], [4], [1, 3], range(5)], ids=["first", "last", "some", "all"])
    async def test_wherever_known_keys_stand_in_a_batch_only_the_others_are_stored_and_in_their_order(
        self, begin: UnitsOfWork, known: Sequence[int]
    ) -> None:
        batch = some(5)
        await add(begin, [batch[i] for i in known])

        fresh = [one for i, one in enumerate(batch) if i not in known]
        assert await add(begin, batch) == Receipt(len(fresh), len(known), 0)
        assert [r.interaction for r in await received(begin)] == [*(batch[i] for i in known), *fresh]

    @pytest.mark.parametrize(
        ("field", "said"),
        [
            ("target", ""),
            ("section", "s"),
            ("tags", ("t",)),
            ("device", Device.TABLET),
            ("session_id", "i"),
            ("value", 0.0),
            ("properties", {}),
        ],
    )
    async def test_what_is_said_of_one_interaction_alone_is_kept_of_that_one(
        self, begin: UnitsOfWork, field: str, said: object
    ) -> None:
        before, full, after = some(3)
        saying: dict[str, Any] = {field: said}
        batch = [before, replace(full, **saying), after]
        await add(begin, batch)

        assert [r.interaction for r in await received(begin)] == batch

    async def test_offsets_are_kept_though_they_differ_within_a_batch(self, begin: UnitsOfWork) -> None:
        zones = (UTC, timezone(timedelta(hours=2)), timezone(-timedelta(hours=3, minutes=30)), UTC)
        batch = [replace(one, occurred_at=one.occurred_at.astimezone(z)) for one, z in zip(some(4), zones, strict=True)]
        await add(begin, batch)

        assert [r.interaction.occurred_at.utcoffset() for r in await received(begin)] == [
            one.occurred_at.utcoffset() for one in batch
        ]

    async def test_of_an_offset_the_seconds_are_cut_off_whatever_its_sign(self, begin: UnitsOfWork) -> None:
        almost_a_day = timedelta(hours=23, minutes=59, seconds=30)
        zones = timezone(almost_a_day), timezone(-almost_a_day)
        batch = [replace(one, occurred_at=one.occurred_at.astimezone(z)) for one, z in zip(some(2), zones, strict=True)]
        await add(begin, batch)

        stored = [r.interaction for r in await received(begin)]
        assert stored == batch
        whole_minutes = timedelta(hours=23, minutes=59)
        assert [one.occurred_at.utcoffset() for one in stored] == [whole_minutes, -whole_minutes]

    async def test_a_refused_repetition_leaves_the_unit_of_work_usable(self, begin: UnitsOfWork) -> None:
        await add(begin, some(3))
        async with begin() as work:
            await work.interactions.add([*some(1, GRACE), *some(3)], RECEIVED_AT)
            await work.interactions.add(some(2, prefix="later"), RECEIVED_AT)
            await work.commit()

        assert len(await received(begin)) == 5
        assert len(await received(begin, GRACE)) == 1

    async def test_the_same_key_of_another_user_is_another_interaction(self, begin: UnitsOfWork) -> None:
        assert await add(begin, [*some(1, ADA), *some(1, GRACE)]) == Receipt(2, 0, 0)

    async def test_interactions_come_back_in_the_order_given_whatever_their_times(self, begin: UnitsOfWork) -> None:
        backwards = some(50)[::-1]
        await add(begin, backwards)
        await add(begin, some(3, prefix="later"))

        stored = await received(begin)
        assert [r.interaction for r in stored] == [*backwards, *some(3, prefix="later")]
        sequences = [r.sequence for r in stored]
        assert sequences == sorted(set(sequences))
        assert sequences[0] > 0

    async def test_reading_continues_behind_a_sequence(self, begin: UnitsOfWork) -> None:
        await add(begin, some(5))
        third = (await received(begin))[2].sequence

        assert [r.interaction for r in await received(begin, after=third)] == some(5)[3:]
        assert await received(begin, GRACE) == []

    async def test_a_long_history_is_read_to_its_end(self, begin: UnitsOfWork) -> None:
        await add(begin, some(5_000))
        await add(begin, some(5_000, prefix="more"))
        await add(begin, some(7, prefix="rest"))

        assert len(await received(begin)) == 10_007

    async def test_new_ones_of_several_users_are_read_together_each_behind_a_sequence_of_its_own(
        self, begin: UnitsOfWork
    ) -> None:
        for ada, grace in zip(some(4, ADA)[::-1], some(4, GRACE), strict=True):
            await add(begin, [ada, grace])
        adas, graces = await received(begin, ADA), await received(begin, GRACE)

        async with begin() as work:
            new = await work.interactions.received_since({GRACE: graces[2].sequence, ADA: adas[0].sequence}, 10)
        assert {user_id: list(recorded) for user_id, recorded in new.items()} == {ADA: adas[1:], GRACE: graces[3:]}
        assert [r.interaction for r in new[ADA]] == some(4)[::-1][1:]

    async def test_no_more_than_the_limit_are_read_of_each_user_the_earliest_received_first(
        self, begin: UnitsOfWork
    ) -> None:
        await add(begin, [*some(5, ADA), *some(2, GRACE)])

        async with begin() as work:
            new = await work.interactions.received_since({ADA: 0, GRACE: 0}, 3)
            rest = await work.interactions.received_since({ADA: new[ADA][-1].sequence}, 3)
        assert [r.interaction for r in (*new[ADA], *rest[ADA])] == some(5)
        assert [r.interaction for r in new[GRACE]] == some(2, GRACE)

    async def test_users_with_nothing_new_are_missing_from_what_is_read_together(self, begin: UnitsOfWork) -> None:
        await add(begin, some(2, ADA))
        last = (await received(begin))[-1].sequence

        async with begin() as work:
            assert await work.interactions.received_since({ADA: last, GRACE: 0}, 10) == {}
            assert await work.interactions.received_since({}, 10) == {}

    async def test_what_users_who_opted_out_did_is_dropped(self, begin: UnitsOfWork) -> None:
        async with begin() as work:
            await work.users.choose(ADA, PersonalizationChoice(enabled=False))
            await work.commit()

        assert await add(begin, [*some(3, ADA), *some(2, GRACE)]) == Receipt(accepted=2, duplicates=0, ignored=3)
        assert await received(begin) == []

    async def test_opting_in_again_lets_new_interactions_in(self, begin: UnitsOfWork) -> None:
        for enabled in (False, True):
            async with begin() as work:
                await work.users.choose(ADA, PersonalizationChoice(enabled=enabled))
                await work.commit()

        assert await add(begin, some(1)) == Receipt(1, 0, 0)

    async def test_a_user_comes_into_being_with_the_first_interaction(self, begin: UnitsOfWork) -> None:
        await add(begin, some(1))

        async with begin() as work:
            profiles = await work.profiles.of_users([ADA])
        assert not profiles[ADA].is_known
        assert profiles[ADA].choice.enabled

    async def test_only_users_with_something_new_are_marked_for_folding(self, begin: UnitsOfWork) -> None:
        await add(begin, [*some(1, ADA), *some(1, GRACE)])
        async with begin() as work:
            for stored in await work.profiles.claim(10, RECEIVED_AT, 0, 0):
                await work.profiles.save(stored, None, 0)
            await work.commit()

        await add(begin, [*some(1, ADA), *some(2, GRACE)])

        async with begin() as work:
            assert [s.profile.user_id for s in await work.profiles.claim(10, RECEIVED_AT, 0, 0)] == [GRACE]

    async def test_the_latest_occurrence_is_listed_first(self, begin: UnitsOfWork) -> None:
        await add(begin, some(5))

        assert await listed(begin) == some(5)[::-1]

    @pytest.mark.parametrize(
        ("matching", "expected"),
        [
            (InteractionFilter(kinds=frozenset({InteractionKind.CLICK})), ["b"]),
            (InteractionFilter(kinds=frozenset()), []),
            (InteractionFilter(target="save"), ["c"]),
            (InteractionFilter(since=MONDAY + HOUR), ["c", "b"]),
            (InteractionFilter(until=MONDAY + HOUR), ["a"]),
            (InteractionFilter(since=MONDAY + HOUR, until=MONDAY + 2 * HOUR), ["b"]),
        ],
    )
    async def test_lists_are_filtered(
        self, begin: UnitsOfWork, matching: InteractionFilter, expected: list[str]
    ) -> None:
        a = interaction(MONDAY, user_id=ADA, key=InteractionKey("a"))
        b = interaction(MONDAY + HOUR, user_id=ADA, key=InteractionKey("b"), kind=InteractionKind.CLICK)
        c = interaction(MONDAY + 2 * HOUR, user_id=ADA, key=InteractionKey("c"), target="save")
        await add(begin, [a, b, c, *some(3, GRACE)])

        assert [i.key for i in await listed(begin, matching)] == expected

    async def test_pages_together_hold_everything_once_even_at_equal_times(self, begin: UnitsOfWork) -> None:
        at_once = [interaction(user_id=ADA, key=InteractionKey(f"same-{i}")) for i in range(7)]
        await add(begin, [*some(4), *at_once])

        pages, after = [], None
        async with begin() as work:
            while True:
                page = await work.interactions.of_user(ADA, EVERYTHING, PageRequest(3, after))
                pages.append([recorded.interaction for recorded in page.items])
                if not page.has_next:
                    break
                after = page.cursors[-1]

        assert [len(page) for page in pages] == [3, 3, 3, 2]
        assert [i for page in pages for i in page] == await listed(begin)

    async def test_pages_of_several_users_come_in_their_order_each_like_its_own(self, begin: UnitsOfWork) -> None:
        await add(begin, [*some(5, ADA), *some(2, GRACE)])
        users = [GRACE, UserId("nobody"), ADA]

        async with begin() as work:
            pages = await work.interactions.of_users(users, EVERYTHING, PageRequest(3))
            alone = [await work.interactions.of_user(user_id, EVERYTHING, PageRequest(3)) for user_id in users]
            nobody = await work.interactions.of_users([], EVERYTHING, PageRequest(3))
        assert list(pages) == alone
        assert [(len(page.items), page.has_next) for page in pages] == [(2, False), (0, False), (3, True)]
        assert list(nobody) == []

    async def test_a_cursor_that_is_not_one_is_refused(self, begin: UnitsOfWork) -> None:
        async with begin() as work:
            with pytest.raises(Refused) as refused:
                await work.interactions.of_user(ADA, EVERYTHING, PageRequest(3, "not a cursor"))

        assert [problem.code for problem in refused.value.problems] == ["INVALID_CURSOR"]


class TestPostgresInteractions(InteractionsContract):
    pass
