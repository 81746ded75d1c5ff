"""Does every store of assignments keep what the port `Assignments` promises?"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.model.assignments import Applied, Assignment, StickyVariation
from domain.model.experiments import NO_RUN
from domain.model.profiles import History, Profile
from domain.model.rules import RuleChangeKind, RuleId
from domain.model.users import PersonalizationChoice, UserId
from domain.ports.assignments import AssignmentKey, Recorded
from tests.builders.assignments import BOLD, CONTROL, NOW, build_application, build_applied
from tests.builders.rules import build_rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.ports.assignments import Application
    from domain.ports.units_of_work import UnitsOfWork

pytest_plugins = ("tests.integration.postgres.databases",)

ADA, GRACE, HEDY = UserId("ada"), UserId("grace"), UserId("hedy")
R1, R2 = RuleId("r1"), RuleId("r2")
SECOND = timedelta(seconds=1)
WITHOUT_RUN = build_applied(run=NO_RUN, variation=None)


@pytest.fixture(autouse=True)
async def _rules(begin: UnitsOfWork) -> None:
    async with begin() as work:
        for rule_id in ("r1", "r2", "r3"):
            await work.rules.add(build_rule(rule_id), RuleChangeKind.CREATED)
        await work.commit()


async def record(begin: UnitsOfWork, *applications: Application) -> Recorded:
    async with begin() as work:
        recorded = await work.assignments.record(applications)
        await work.commit()
    return recorded


async def of(begin: UnitsOfWork, user_id: UserId = ADA) -> Sequence[Assignment]:
    async with begin() as work:
        return (await work.assignments.of_users([user_id])).get(user_id, ())


async def profile_of(begin: UnitsOfWork, user_id: UserId = ADA) -> Profile | None:
    async with begin() as work:
        return (await work.profiles.of_users([user_id])).get(user_id)


async def mark_of(begin: UnitsOfWork, user_id: UserId = ADA) -> int | None:
    async with begin() as work:
        return (await work.profiles.lock(user_id)).mark


async def fold(begin: UnitsOfWork) -> None:
    """As a worker does: whoever is marked has one more interaction."""
    async with begin() as work:
        for stored in await work.profiles.claim(10, NOW, 0, 0):
            history = History(interactions=stored.profile.history.interactions + 1)
            profile = replace(stored.profile, revision=stored.profile.revision + 1, history=history)
            await work.profiles.save(replace(stored, profile=profile), None, 0)
        await work.commit()


async def override(begin: UnitsOfWork, applied: Applied) -> None:
    async with begin() as work:
        await work.profiles.lock(ADA)
        await work.assignments.override(ADA, applied, NOW)
        await work.commit()


class AssignmentsContract:
    async def test_a_first_exposure_is_stored_as_it_was(self, begin: UnitsOfWork) -> None:
        applied = build_applied(probability=0.1 + 0.2)
        application = build_application(applied=applied, last_at=NOW + SECOND, times=3)

        recorded = await record(begin, application)

        assert recorded == Recorded(frozenset({AssignmentKey(ADA, R1, 1)}), {ADA: 1})
        assert await of(begin) == [Assignment(ADA, applied, NOW, NOW + SECOND, 3)]

    @pytest.mark.parametrize("applied", [build_applied(variation=None, held_out=True, probability=0.1), WITHOUT_RUN])
    async def test_whoever_got_no_variation_is_stored_too(self, begin: UnitsOfWork, applied: Applied) -> None:
        await record(begin, build_application(applied=applied))

        assert [one.applied for one in await of(begin)] == [applied]

    async def test_of_what_is_known_only_the_counts_change(self, begin: UnitsOfWork) -> None:
        first = build_applied(probability=0.5)
        await record(begin, build_application(applied=first, times=2))

        again = build_application(
            applied=build_applied(variation=CONTROL, probability=0.9), at=NOW + SECOND, times=5, was_known=True
        )
        assert await record(begin, again) == Recorded()

        assert await of(begin) == [Assignment(ADA, first, NOW, NOW + SECOND, 7)]

    async def test_what_arrives_late_takes_nothing_back(self, begin: UnitsOfWork) -> None:
        await record(begin, build_application(at=NOW))

        await record(begin, build_application(at=NOW - SECOND))

        assert await of(begin) == [Assignment(ADA, build_applied(), NOW, NOW, 2)]

    async def test_several_of_one_key_count_as_one(self, begin: UnitsOfWork) -> None:
        later = build_application(applied=build_applied(variation=CONTROL), at=NOW + SECOND)

        recorded = await record(begin, later, build_application())

        assert recorded.revisions == {ADA: 1}
        assert await of(begin) == [Assignment(ADA, build_applied(), NOW, NOW + SECOND, 2)]

    async def test_each_run_is_assigned_afresh_and_the_profile_knows_the_latest(self, begin: UnitsOfWork) -> None:
        second = build_applied(run=2, variation=CONTROL, probability=0.25)
        other = build_applied("r2", variation=None, held_out=True)
        await record(begin, build_application(), build_application(applied=WITHOUT_RUN))
        await record(begin, build_application(applied=second, at=NOW + SECOND), build_application(applied=other))

        profile = await profile_of(begin)

        assert profile is not None
        assert profile.assignments == {R1: StickyVariation(2, CONTROL, 0.25), R2: StickyVariation(1, None)}
        assert [one.applied.run for one in await of(begin)] == [2, 0, 1, 1]

    async def test_only_a_new_run_raises_the_revision(self, begin: UnitsOfWork) -> None:
        assert (await record(begin, build_application(applied=WITHOUT_RUN))).revisions == {}
        assert (await record(begin, build_application())).revisions == {ADA: 1}
        assert (await record(begin, build_application(was_known=True))).revisions == {}
        assert (await record(begin, build_application(applied=build_applied("r2")))).revisions == {ADA: 2}

        profile = await profile_of(begin)
        assert profile is not None
        assert (profile.revision, profile.computed_at) == (2, NOW)

    async def test_first_exposures_mark_the_user_and_counts_do_not(self, begin: UnitsOfWork) -> None:
        await record(begin, build_application(applied=WITHOUT_RUN), build_application("grace"))
        assert await mark_of(begin) is not None
        assert await mark_of(begin, GRACE) is not None
        await fold(begin)

        await record(begin, build_application(applied=WITHOUT_RUN), build_application("grace"))

        assert await mark_of(begin) is None
        assert await mark_of(begin, GRACE) is None

    async def test_a_fold_keeps_assignments(self, begin: UnitsOfWork) -> None:
        await record(begin, build_application())
        await fold(begin)

        profile = await profile_of(begin)

        assert profile is not None
        assert (profile.history.interactions, profile.assignments) == (1, {R1: StickyVariation(1, BOLD)})

    async def test_who_opted_out_is_ignored(self, begin: UnitsOfWork) -> None:
        async with begin() as work:
            await work.users.choose(ADA, PersonalizationChoice(enabled=False))
            await work.commit()

        recorded = await record(begin, build_application(), build_application("grace"))

        assert recorded.revisions == {GRACE: 1}
        assert await of(begin) == ()

    async def test_who_was_erased_since_does_not_come_back(self, begin: UnitsOfWork) -> None:
        await record(begin, build_application())
        async with begin() as work:
            assert await work.users.erase(ADA)
            await work.commit()
        assert await of(begin) == ()

        assert await record(begin, build_application(was_known=True)) == Recorded()
        assert await profile_of(begin) is None

    async def test_a_rule_that_there_is_not_costs_the_others_nothing(self, begin: UnitsOfWork) -> None:
        recorded = await record(begin, build_application(applied=build_applied("gone")), build_application("grace"))

        assert recorded.first_exposures == {AssignmentKey(GRACE, R1, 1)}

    async def test_nothing_to_record_is_nothing(self, begin: UnitsOfWork) -> None:
        assert await record(begin) == Recorded()
        assert await of(begin, HEDY) == ()

    async def test_an_override_replaces_what_was_assigned_and_stays(self, begin: UnitsOfWork) -> None:
        await record(begin, build_application(applied=build_applied(probability=0.5)))

        await override(begin, build_applied(variation=CONTROL, overridden=True))
        await record(begin, build_application(was_known=True))

        (known,) = await of(begin)
        assert known.applied == build_applied(variation=CONTROL, overridden=True)
        assert (known.first_exposed_at, known.times_applied) == (NOW, 2)
        profile = await profile_of(begin)
        assert profile is not None
        assert profile.assignments == {R1: StickyVariation(1, CONTROL, overridden=True)}

    async def test_only_overrides_can_be_removed(self, begin: UnitsOfWork) -> None:
        async def remove() -> bool:
            async with begin() as work:
                await work.profiles.lock(ADA)
                removed = await work.assignments.remove_override(AssignmentKey(ADA, R1, 1))
                await work.commit()
            return removed

        await record(begin, build_application())
        assert not await remove()
        await override(begin, build_applied(overridden=True))
        assert await remove()
        assert not await remove()
        assert await of(begin) == ()

    @settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    async def test_however_deliveries_are_cut_into_batches_the_first_counts_and_all_are_counted(
        self, begin: UnitsOfWork, data: st.DataObject
    ) -> None:
        whose, user_ids, rule_ids = uuid4().hex, ("ada", "grace"), ("r1", "r2")
        seconds = data.draw(st.lists(st.integers(0, 9), min_size=1, max_size=12).map(sorted))
        delivered = [
            build_application(
                f"{data.draw(st.sampled_from(user_ids))}-{whose}",
                build_applied(
                    data.draw(st.sampled_from(rule_ids)), 1, data.draw(st.sampled_from((None, BOLD, CONTROL)))
                ),
                at=NOW + second * SECOND,
            )
            for second in seconds
        ]
        cut = data.draw(st.integers(0, len(delivered)))
        for batch in (delivered[:cut], delivered[cut:]):
            await record(begin, *batch)

        first: dict[AssignmentKey, Any] = {}
        for one in delivered:
            first.setdefault(one.key, (one.applied, one.first_at))
        times = Counter(one.key for one in delivered)
        async with begin() as work:
            stored = await work.assignments.of_users([one.user_id for one in delivered])
        known = {
            AssignmentKey(a.user_id, a.applied.rule_id, a.applied.run): (
                (a.applied, a.first_exposed_at),
                a.times_applied,
            )
            for assigned in stored.values()
            for a in assigned
        }
        assert known == {key: (first[key], times[key]) for key in first}


class TestPostgresAssignments(AssignmentsContract):
    pass
