"""Does every store of links keep what the port `Links` promises?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import Refused
from domain.model.audit_log import AuditAction, DefinitionChange
from domain.model.interactions import InteractionKey
from domain.model.links import Drift, Linked
from domain.model.pages import PageRequest
from domain.model.profiles import Profile
from domain.model.rules import RuleChangeKind, RuleId
from domain.model.users import PersonalizationChoice, UserId
from domain.ports import links as links_port
from domain.ports.audit_log import AuditFilter
from domain.ports.interactions import UsersLinked
from domain.ports.profiles import Gone, UserFilter
from domain.ports.training_data import DataWindow
from tests.builders.assignments import build_application
from tests.builders.interactions import interaction
from tests.builders.links import Seen, found, store
from tests.builders.rules import build_rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncEngine

    from domain.ports.units_of_work import UnitsOfWork

pytest_plugins = ("tests.integration.postgres.databases",)

ADA, GRACE, VISITOR, OTHER = UserId("ada"), UserId("grace"), UserId("visitor-1"), UserId("visitor-2")
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
EARLIER, MINUTE = NOW - timedelta(days=1), timedelta(minutes=1)


async def track(begin: UnitsOfWork, user_id: UserId, *keys: str) -> None:
    async with begin() as work:
        await work.interactions.add([interaction(user_id=user_id, key=InteractionKey(key)) for key in keys], NOW)
        await work.commit()


async def join(begin: UnitsOfWork, anonymous: UserId, known: UserId, *, keep_interactions: bool = True) -> Linked:
    async with begin() as work:
        for user_id in sorted((anonymous, known)):
            await work.profiles.lock(user_id)
        linked = await work.links.join(anonymous, known, NOW, keep_interactions=keep_interactions)
        await work.commit()
    return linked


async def keys_of(begin: UnitsOfWork, user_id: UserId) -> list[str]:
    async with begin() as work:
        return [recorded.interaction.key async for recorded in work.interactions.received_after(user_id, 0)]


async def add_rules(begin: UnitsOfWork, *rule_ids: str) -> None:
    async with begin() as work:
        for rule_id in rule_ids:
            await work.rules.add(build_rule(rule_id), RuleChangeKind.CREATED)
        await work.commit()


class LinksContract:
    async def test_an_alias_names_its_user_and_the_user_its_aliases(self, begin: UnitsOfWork) -> None:
        await join(begin, OTHER, ADA)
        await join(begin, VISITOR, ADA)

        async with begin() as work:
            profiles = await work.profiles.of_users([VISITOR, OTHER, ADA, GRACE])
            assert {user_id: one.linked_to for user_id, one in profiles.items()} == {
                VISITOR: ADA,
                OTHER: ADA,
                ADA: None,
            }
            assert await work.links.aliases_of(ADA) == [VISITOR, OTHER]
            assert await work.links.aliases_of(VISITOR) == []
            assert await work.links.hold(ADA) == [VISITOR, OTHER]
            assert await work.links.hold(GRACE) == []

    async def test_interactions_of_both_are_in_the_order_of_receipt(self, begin: UnitsOfWork) -> None:
        for user_id, key in ((VISITOR, "1"), (ADA, "2"), (VISITOR, "3"), (GRACE, "else"), (ADA, "4")):
            await track(begin, user_id, key)

        assert await join(begin, VISITOR, ADA) == Linked(interactions=2)
        assert await keys_of(begin, ADA) == ["1", "2", "3", "4"]
        assert await keys_of(begin, VISITOR) == []
        assert await keys_of(begin, GRACE) == ["else"]

    async def test_of_one_key_what_was_received_first_is_left(self, begin: UnitsOfWork) -> None:
        await track(begin, VISITOR, "first of the visitor")
        await track(begin, ADA, "first of the visitor", "first of Ada")
        await track(begin, VISITOR, "first of Ada", "only")

        assert await join(begin, VISITOR, ADA) == Linked(interactions=2)
        assert await keys_of(begin, ADA) == ["first of the visitor", "first of Ada", "only"]

    async def test_what_is_not_to_be_kept_is_nowhere(self, begin: UnitsOfWork) -> None:
        await track(begin, VISITOR, "v")
        await track(begin, ADA, "a")

        assert await join(begin, VISITOR, ADA, keep_interactions=False) == Linked()
        assert await keys_of(begin, ADA) == ["a"]
        assert await keys_of(begin, VISITOR) == []

    async def test_nobody_who_did_too_much_is_linked(self, begin: UnitsOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("persistence.postgres.links.MAX_LINKED_INTERACTIONS", 2)
        await track(begin, VISITOR, "1", "2", "3")

        with pytest.raises(Refused) as refusal:
            await join(begin, VISITOR, ADA)
        assert refusal.value.problems[0].code == "TOO_MANY"
        assert await keys_of(begin, VISITOR) == ["1", "2", "3"]
        assert links_port.MAX_LINKED_INTERACTIONS > 2

    async def test_tracking_under_an_alias_stores_nothing_and_says_whose_it_is(self, begin: UnitsOfWork) -> None:
        await join(begin, VISITOR, ADA)

        async with begin() as work:
            done = [interaction(user_id=user_id) for user_id in (VISITOR, GRACE, ADA)]
            with pytest.raises(UsersLinked) as met:
                await work.interactions.add(done, NOW)
        assert met.value.links == {VISITOR: ADA}
        async with begin() as work:
            assert GRACE not in await work.profiles.of_users([GRACE])

    async def test_an_alias_has_no_profile_but_the_choice_of_its_user(self, begin: UnitsOfWork) -> None:
        await track(begin, VISITOR, "v")
        await join(begin, VISITOR, ADA)
        choice = PersonalizationChoice(enabled=False, changed_at=NOW + MINUTE)

        async with begin() as work:
            before = (await work.profiles.of_users([VISITOR]))[VISITOR]
            await work.users.choose(ADA, choice)
            after = (await work.profiles.of_users([VISITOR]))[VISITOR]
            await work.commit()

        assert before == Profile(VISITOR, computed_at=NOW, linked_to=ADA)
        assert after == Profile(VISITOR, computed_at=NOW + MINUTE, linked_to=ADA, choice=choice)
        assert not after.is_known

    async def test_an_alias_is_nobody_to_list_to_fold_or_to_train_on(self, begin: UnitsOfWork) -> None:
        await track(begin, VISITOR, "v")
        async with begin() as work:
            stored = await work.profiles.lock(VISITOR)
            await work.profiles.save(replace(stored, profile=replace(stored.profile, revision=3), mark=None), NOW, 0)
            await work.commit()
        await join(begin, VISITOR, ADA)
        await track(begin, GRACE, "g")

        async with begin() as work:
            assert (await work.profiles.page(UserFilter(), PageRequest())).items == ()
            assert [one.profile.user_id for one in await work.profiles.claim(9, NOW, 1, 1)] == [GRACE]
            assert await work.profiles.revisions([VISITOR]) == {}
            assert (await work.training_data.size()).users == 2
        async with begin() as work:
            logs = [log async for log in work.training_data.logs(DataWindow(NOW), 1.0)]
            assert [log[0].interaction.user_id for log in logs] == [ADA, GRACE]

    async def test_the_profile_of_an_alias_is_not_to_be_changed(self, begin: UnitsOfWork) -> None:
        await join(begin, VISITOR, ADA)

        async with begin() as work:
            with pytest.raises(Gone):
                await work.profiles.lock(VISITOR)

    async def test_aliases_are_erased_with_their_user_and_never_alone(self, begin: UnitsOfWork) -> None:
        await track(begin, VISITOR, "v")
        await join(begin, VISITOR, ADA)

        async with begin() as work:
            assert not await work.users.erase(VISITOR)
            assert (await work.profiles.of_users([VISITOR]))[VISITOR].linked_to == ADA
            assert await work.users.erase(ADA)
            assert await work.profiles.of_users([VISITOR]) == {}
            await work.commit()
        await track(begin, VISITOR, "again")
        assert await keys_of(begin, VISITOR) == ["again"]
        assert await keys_of(begin, ADA) == []

    async def test_what_was_delivered_to_an_alias_is_recorded_for_its_user(self, begin: UnitsOfWork) -> None:
        await add_rules(begin, "r1")
        await join(begin, VISITOR, ADA)

        async with begin() as work:
            recorded = await work.assignments.record(
                [build_application(VISITOR, at=NOW), build_application(ADA, at=NOW + MINUTE)]
            )
            await work.commit()

        assert [key.user_id for key in recorded.first_exposures] == [ADA]
        async with begin() as work:
            assignments = await work.assignments.of_users([VISITOR, ADA])
        assert [(one.first_exposed_at, one.times_applied) for one in assignments[ADA]] == [(NOW, 2)]
        assert VISITOR not in assignments

    async def test_what_was_noted_about_an_alias_is_found_where_its_user_is_erased(self, begin: UnitsOfWork) -> None:
        change = DefinitionChange(NOW, GRACE, AuditAction.VARIATION_OVERRIDDEN, "rule r1", about=VISITOR)
        async with begin() as work:
            await work.audit_log.note(change)
            await work.commit()
        await join(begin, VISITOR, ADA)

        async with begin() as work:
            await work.users.erase(ADA)
            (entry,) = (await work.audit_log.page(AuditFilter(), PageRequest())).items
        assert entry.change.about not in {VISITOR, ADA}

    async def test_assignments_keep_the_first_exposure_and_conflicts_are_counted(
        self, begin: UnitsOfWork, engine: AsyncEngine
    ) -> None:
        await add_rules(begin, "alone", "earlier", "later", "same", "held", "by_hand", "idle")
        await track(begin, VISITOR, "v")
        await track(begin, ADA, "a")
        await store(
            engine,
            VISITOR,
            Seen("alone", 1, NOW, "b", times=3),
            Seen("earlier", 1, EARLIER, "b", last_applied_at=NOW, times=2),
            Seen("later", 1, NOW, "b"),
            Seen("same", 1, EARLIER, "a"),
            Seen("held", 2, EARLIER, held_out=True),
            Seen("by_hand", 1, EARLIER, "b"),
            Seen("idle", 0, EARLIER),
        )
        await store(
            engine,
            ADA,
            Seen("earlier", 1, NOW, "a", times=5),
            Seen("later", 1, EARLIER, "a"),
            Seen("same", 1, NOW, "a"),
            Seen("held", 1, EARLIER, "a"),
            Seen("held", 2, NOW, "a"),
            Seen("by_hand", 1, NOW, "a", overridden=True),
            Seen("idle", 0, NOW),
        )

        assert await join(begin, VISITOR, ADA) == Linked(interactions=1, runs=6, conflicts=4)

        assert await found(engine, VISITOR) == []
        left = {(one.seen.rule_id, one.seen.run): one for one in await found(engine, ADA)}
        assert left.pop(("alone", 1)).seen == Seen("alone", 1, NOW, "b", last_applied_at=NOW, times=3)
        assert left.pop(("earlier", 1)).seen == Seen("earlier", 1, EARLIER, "b", last_applied_at=NOW, times=7)
        assert (left[("later", 1)].seen.variation, left[("held", 2)].seen.held_out) == ("a", True)
        assert (left[("by_hand", 1)].seen.variation, left[("by_hand", 1)].seen.overridden) == ("a", True)
        conflicted = {key for key, one in left.items() if one.conflicted}
        assert conflicted == {("later", 1), ("held", 2), ("by_hand", 1)}
        assert {key for key, one in left.items() if not one.relinked} == {("held", 1), ("idle", 0)}
        assert not left[("held", 1)].is_to_count
        assert left[("same", 1)].is_to_count

        async with begin() as work:
            assert await work.links.drifts([(RuleId("earlier"), 1)]) == {
                (RuleId("earlier"), 1): Drift(linked=1, conflicted=1)
            }
            assert await work.links.drifts([(RuleId("same"), 1)]) == {
                (RuleId("same"), 1): Drift(linked=1, conflicted=0)
            }
            assert await work.links.drifts([(RuleId("held"), 1)]) == {}

    async def test_of_equal_exposures_the_known_users_counts(self, begin: UnitsOfWork, engine: AsyncEngine) -> None:
        await add_rules(begin, "r")
        await track(begin, VISITOR, "v")
        await track(begin, ADA, "a")
        await store(engine, VISITOR, Seen("r", 1, NOW, "b"))
        await store(engine, ADA, Seen("r", 1, NOW, "a"))

        await join(begin, VISITOR, ADA)

        (left,) = await found(engine, ADA)
        assert (left.seen.variation, left.conflicted) == ("a", True)

    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(
        exposures=st.lists(
            st.tuples(st.sampled_from([ADA, VISITOR, OTHER]), st.sampled_from("abc"), st.integers(0, 5)),
            unique_by=lambda exposure: exposure[0],
        ),
        order=st.permutations([VISITOR, OTHER]),
    )
    async def test_whatever_the_order_of_links_the_first_exposure_is_left(
        self,
        begin: UnitsOfWork,
        engine: AsyncEngine,
        exposures: Sequence[tuple[UserId, str, int]],
        order: Sequence[UserId],
    ) -> None:
        async with begin() as work:
            await work.users.erase(ADA)
            await work.commit()
        async with engine.begin() as connection:
            await connection.exec_driver_sql("DELETE FROM users")
            await connection.exec_driver_sql("DELETE FROM rules")
        await add_rules(begin, "r")
        for user_id in (ADA, VISITOR, OTHER):
            await track(begin, user_id, f"of {user_id}")
        for user_id, variation, minute in exposures:
            await store(engine, user_id, Seen("r", 1, NOW + minute * MINUTE, variation))

        conflicts = [(await join(begin, anonymous, ADA)).conflicts for anonymous in order]

        left = await found(engine, ADA)
        assert len(left) == bool(exposures)
        if exposures:
            first = min(minute for _, _, minute in exposures)
            assert left[0].seen.first_exposed_at == NOW + first * MINUTE
            assert left[0].seen.variation in {variation for _, variation, minute in exposures if minute == first}
            assert left[0].conflicted == (len({variation for _, variation, _ in exposures}) > 1)
            assert left[0].conflicted == (sum(conflicts) > 0)
            assert left[0].relinked == any(user_id != ADA for user_id, _, _ in exposures)


class TestPostgresLinks(LinksContract):
    pass
