"""Does every source of training data keep what the port `TrainingData` promises?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from domain.model.interactions import InteractionKey
from domain.model.users import PersonalizationChoice, UserId
from domain.ports.training_data import DataWindow, TrainingSize
from persistence.postgres import training_data
from tests.builders.interactions import DAY, MONDAY, interaction

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

    from domain.model.interactions import RecordedInteraction
    from domain.ports.units_of_work import UnitsOfWork

pytest_plugins = ("tests.integration.postgres.databases",)

FOREVER = DataWindow(datetime(2100, 1, 1, tzinfo=UTC))


async def track(begin: UnitsOfWork, user: str, *occurred_at: datetime, received_at: datetime = MONDAY) -> None:
    tracked = [
        interaction(at, user_id=UserId(user), key=InteractionKey(f"{received_at}-{number}"))
        for number, at in enumerate(occurred_at)
    ]
    async with begin() as work:
        await work.interactions.add(tracked, received_at)
        await work.commit()


async def choose(begin: UnitsOfWork, user: str, *, enabled: bool = True, use_of_models: bool = True) -> None:
    async with begin() as work:
        await work.users.choose(UserId(user), PersonalizationChoice(enabled, use_of_models, MONDAY))
        await work.commit()


async def logs(
    begin: UnitsOfWork, window: DataWindow = FOREVER, share: float = 1.0
) -> dict[str, Sequence[RecordedInteraction]]:
    read: dict[str, Sequence[RecordedInteraction]] = {}
    async with begin() as work:
        async for log in work.training_data.logs(window, share):
            user_id = log[0].interaction.user_id
            assert user_id not in read
            read[user_id] = log
    return read


def times(log: Sequence[RecordedInteraction]) -> list[datetime]:
    return [recorded.interaction.occurred_at for recorded in log]


class TrainingDataContract:
    async def test_every_log_comes_once_and_whole_in_order_of_receipt(self, begin: UnitsOfWork) -> None:
        for user in ("bea", "ada", "cy"):
            await track(begin, user, MONDAY, MONDAY - DAY)
            await track(begin, user, MONDAY - 2 * DAY, received_at=MONDAY + DAY)
        async with begin() as work:
            stored = [recorded async for recorded in work.interactions.received_after(UserId("bea"), 0)]

        read = await logs(begin)
        assert {*read} == {"ada", "bea", "cy"}
        assert [*read["bea"]] == stored
        assert times(read["bea"]) == [MONDAY, MONDAY - DAY, MONDAY - 2 * DAY]
        assert await logs(begin) == read

    async def test_who_allows_no_models_or_no_personalization_is_not_read(self, begin: UnitsOfWork) -> None:
        for user in ("ada", "no-models", "nothing"):
            await track(begin, user, MONDAY)
        await choose(begin, "no-models", use_of_models=False)
        await choose(begin, "nothing", enabled=False)

        assert {*await logs(begin)} == {"ada"}
        async with begin() as work:
            assert await work.training_data.size() == TrainingSize(1)

    async def test_only_what_was_received_within_the_window_is_read(self, begin: UnitsOfWork) -> None:
        for number in range(4):
            await track(begin, "ada", MONDAY, received_at=MONDAY + number * DAY)

        window = DataWindow(until=MONDAY + 2 * DAY, since=MONDAY + DAY)
        read = await logs(begin, window)
        assert [recorded.received_at for recorded in read["ada"]] == [MONDAY + DAY, MONDAY + 2 * DAY]

    async def test_imported_history_can_count_as_received_when_it_occurred(self, begin: UnitsOfWork) -> None:
        cet = timezone(timedelta(hours=1))
        occurred = [MONDAY, (MONDAY - DAY).astimezone(cet), MONDAY - 3 * DAY, MONDAY - 2 * DAY]
        await track(begin, "ada", *occurred, received_at=MONDAY + 30 * DAY)
        await track(begin, "late", MONDAY + 2 * DAY, received_at=MONDAY + 30 * DAY)

        window = DataWindow(MONDAY, MONDAY - 2 * DAY, received_as_occurred=True)
        read = await logs(begin, window)
        assert {*read} == {"ada"}
        assert times(read["ada"]) == [MONDAY - 2 * DAY, MONDAY - DAY, MONDAY]
        assert [recorded.received_at for recorded in read["ada"]] == times(read["ada"])
        assert [recorded.sequence for recorded in read["ada"]] == [1, 2, 3]
        assert read["ada"][1].interaction.occurred_at.utcoffset() == timedelta(hours=1)

    async def test_a_share_of_the_users_is_drawn_by_their_ids(self, begin: UnitsOfWork) -> None:
        for number in range(60):
            await track(begin, f"user-{number}", MONDAY)

        half, most = await logs(begin, share=0.5), await logs(begin, share=0.9)
        assert 10 < len(half) < 50
        assert {*half} < {*most} < {*await logs(begin)}

    async def test_many_rows_are_read_in_batches(self, begin: UnitsOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(training_data, "BATCH_ROWS", 3)
        for user in ("ada", "bea", "cy"):
            await track(begin, user, *(MONDAY - number * DAY for number in range(4)))

        assert {user: len(log) for user, log in (await logs(begin)).items()} == {"ada": 4, "bea": 4, "cy": 4}

    async def test_of_a_long_log_the_latest_received_are_read(
        self, begin: UnitsOfWork, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(training_data, "MAX_INTERACTIONS_PER_USER", 2)
        await track(begin, "ada", *(MONDAY + number * DAY for number in range(5)))
        await track(begin, "bea", MONDAY)

        read = await logs(begin)
        assert times(read["ada"]) == [MONDAY + 3 * DAY, MONDAY + 4 * DAY]
        assert times(read["bea"]) == [MONDAY]

    async def test_an_empty_log_is_no_log(self, begin: UnitsOfWork) -> None:
        await choose(begin, "silent")
        assert await logs(begin) == {}


class TestPostgresTrainingData(TrainingDataContract):
    pass
