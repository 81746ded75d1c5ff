"""Does every store of first exposures keep what the port `Exposures` promises?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from domain.model.interactions import InteractionKind
from domain.model.rules import RuleChangeKind, RuleId
from domain.model.segments import SegmentKey
from domain.model.users import UserId
from domain.ports.outcomes import CountedExposure, Past, Span
from domain.rules.outcomes.counting import count, nothing_yet
from tests.builders.assignments import build_application, build_applied
from tests.builders.interactions import conversion, interaction
from tests.builders.outcomes import EXPOSED_AT, TERMS, build_exposure, doings
from tests.builders.rules import build_rule

if TYPE_CHECKING:
    from domain.model.interactions import Interaction
    from domain.model.outcomes import Exposure
    from domain.ports.units_of_work import UnitsOfWork

pytest_plugins = ("tests.integration.postgres.databases",)

ADA, GRACE = UserId("ada"), UserId("grace")
DAY = timedelta(days=1)
NEVER: dict[UserId, Span | None] = {ADA: None, GRACE: None}


@pytest.fixture(autouse=True)
async def _exposed(begin: UnitsOfWork) -> None:
    """Ada to two rules a day apart, Grace to one; nobody has counted anything."""
    async with begin() as work:
        for rule_id in ("r1", "r2"):
            await work.rules.add(build_rule(rule_id), RuleChangeKind.CREATED)
        await work.assignments.record(
            [
                build_application("ada", build_applied("r1", probability=0.5), at=EXPOSED_AT),
                build_application("ada", build_applied("r2", probability=0.5), at=EXPOSED_AT - DAY),
                build_application("grace", build_applied("r1", probability=0.5), at=EXPOSED_AT),
            ]
        )
        await work.commit()


async def to_count(begin: UnitsOfWork, spans: dict[UserId, Span | None]) -> list[Exposure]:
    async with begin() as work:
        return list(await work.exposures.to_count(spans))


async def save(begin: UnitsOfWork, *counted: Exposure) -> None:
    async with begin() as work:
        await work.exposures.save([CountedExposure(one, 7) for one in counted])
        await work.commit()


def counted_as(exposure: Exposure, interactions: list[Interaction] | None = None) -> Exposure:
    outcomes = count(nothing_yet(TERMS), TERMS, exposure.first_exposed_at, interactions or ())
    return replace(exposure, outcomes=outcomes, segments=(SegmentKey("new_user"), SegmentKey("ö")))


class ExposuresContract:
    async def test_what_nobody_counted_is_to_be_counted_in_any_case(self, begin: UnitsOfWork) -> None:
        assert await to_count(begin, NEVER) == [
            build_exposure("ada", "r2", first_exposed_at=EXPOSED_AT - DAY),
            build_exposure("ada", "r1"),
            build_exposure("grace", "r1"),
        ]
        assert await to_count(begin, {GRACE: None}) == [build_exposure("grace", "r1")]

    async def test_what_is_counted_is_read_as_it_was_saved(self, begin: UnitsOfWork) -> None:
        counted = counted_as(build_exposure("grace", "r1"), [conversion(EXPOSED_AT, target="checkout", value=2.5)])

        await save(begin, counted)

        assert await to_count(begin, {GRACE: Span()}) == [counted]
        async with begin() as work:
            assert await work.exposures.of_user(GRACE) == [counted]
            assert await work.exposures.of_user(ADA) == []
            (assignment,) = (await work.assignments.of_users([GRACE]))[GRACE]
        assert assignment.converted_at == EXPOSED_AT

    @given(interactions=doings(8))
    @settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
    async def test_any_outcomes_are_read_as_they_were_saved(
        self, begin: UnitsOfWork, interactions: list[Interaction]
    ) -> None:
        counted = counted_as(build_exposure("grace", "r1"), interactions)

        await save(begin, counted)

        async with begin() as work:
            assert await work.exposures.of_user(GRACE) == [counted]

    @pytest.mark.parametrize(
        ("earliest", "latest", "reached"),
        [
            (7 * DAY - DAY / 86_400, 9 * DAY, True),
            (7 * DAY, 9 * DAY, False),
            (-9 * DAY, -7 * DAY, True),
            (-9 * DAY, -7 * DAY - DAY / 86_400, False),
            (-9 * DAY, 9 * DAY, True),
        ],
    )
    async def test_what_the_new_cannot_reach_is_left_alone(
        self, begin: UnitsOfWork, earliest: timedelta, latest: timedelta, *, reached: bool
    ) -> None:
        counted = counted_as(build_exposure("grace", "r1"))
        await save(begin, counted)

        found = await to_count(begin, {GRACE: Span(EXPOSED_AT + earliest, EXPOSED_AT + latest)})

        assert found == ([counted] if reached else [])
        assert await to_count(begin, {GRACE: None}) == []

    @pytest.mark.parametrize(
        ("kinds", "reached"),
        [
            ({InteractionKind.CONVERSION, InteractionKind.CLICK}, True),
            ({InteractionKind.DISMISS}, True),
            ({InteractionKind.CLICK}, False),
        ],
    )
    async def test_what_the_new_does_not_count_for_is_left_alone(
        self, begin: UnitsOfWork, kinds: set[InteractionKind], *, reached: bool
    ) -> None:
        counted = counted_as(build_exposure("grace", "r1"))
        await save(begin, counted)

        found = await to_count(begin, {GRACE: Span(EXPOSED_AT, EXPOSED_AT, frozenset(kinds))})

        assert found == ([counted] if reached else [])

    async def test_what_was_overridden_after_it_was_counted_is_looked_at_once_more(self, begin: UnitsOfWork) -> None:
        await save(begin, counted_as(build_exposure("grace", "r1")))
        async with begin() as work:
            await work.profiles.lock(GRACE)
            await work.assignments.override(GRACE, build_applied("r1", probability=0.5, overridden=True), EXPOSED_AT)
            await work.commit()

        (found,) = await to_count(begin, {GRACE: Span()})
        assert found.excluded
        await save(begin, replace(found, outcomes=None))
        assert await to_count(begin, {GRACE: Span()}) == []

    async def test_forgotten_counts_are_as_if_nobody_had_counted(self, begin: UnitsOfWork) -> None:
        fresh = build_exposure("grace", "r1")
        await save(begin, counted_as(fresh, [conversion(EXPOSED_AT, target="checkout")]))

        async with begin() as work:
            await work.exposures.forget_counts(GRACE)
            await work.commit()

        assert await to_count(begin, {GRACE: None}) == [fresh]

    async def test_of_the_past_comes_what_was_asked_for(self, begin: UnitsOfWork) -> None:
        done = [
            interaction(EXPOSED_AT + hours * timedelta(hours=1), key=f"{user}-{hours}", user_id=user, kind=kind)
            for user in (ADA, GRACE)
            for hours, kind in enumerate((InteractionKind.CLICK, InteractionKind.CONVERSION, InteractionKind.DISMISS))
        ]
        async with begin() as work:
            await work.interactions.add(done, EXPOSED_AT)
            await work.commit()
            arrived = await work.interactions.received_since({ADA: 0}, 10)
            second = arrived[ADA][1].sequence
            hour = timedelta(hours=1)
            kinds = frozenset({InteractionKind.CONVERSION, InteractionKind.DISMISS})
            pasts = await work.exposures.pasts(
                [
                    Past(GRACE, EXPOSED_AT, EXPOSED_AT + 2 * hour, 1_000_000_000, kinds),
                    Past(ADA, EXPOSED_AT, EXPOSED_AT + 9 * hour, second, kinds),
                    Past(ADA, EXPOSED_AT, EXPOSED_AT, second, kinds),
                ]
            )

        assert [[one.key for one in past] for past in pasts] == [["grace-1"], ["ada-1"], []]

    async def test_all_that_is_counted_comes_once(self, begin: UnitsOfWork) -> None:
        counted = [counted_as(build_exposure("ada", "r1")), counted_as(build_exposure("grace", "r1"))]
        await save(begin, *counted)

        async with begin() as work:
            found = [one async for some in work.exposures.all() for one in some]

        assert sorted(found, key=lambda one: one.user_id) == counted
        assert {one.rule_id for one in found} == {RuleId("r1")}


class TestPostgres(ExposuresContract):
    pass
