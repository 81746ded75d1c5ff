"""Is every change of a rule a new revision, made on what its author had seen?"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from domain.errors import Refused
from domain.model.news import RuleChanged
from domain.model.pages import PageRequest
from domain.model.rules import BucketSpan, Rule, RuleChangeKind, RuleContent, RuleId, RuleKey, RuleStatus
from domain.model.users import UserId
from domain.rules.experiments import latest_trial
from tests.builders.experiments import build_experiment
from tests.builders.interactions import MINUTE
from tests.builders.rules import DARK, LIGHT
from tests.integration.use_cases.driving import ADMIN, Driven

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from domain.model.rules import RuleRevision

GRACE = UserId("grace")


def codes(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [problem.code for problem in refusal.value.problems]


async def history(engine: Driven, rule: Rule) -> Sequence[RuleRevision]:
    """Oldest first."""
    async with engine.use_cases.begin() as work:
        return (await work.rules.history(rule.id, PageRequest(100))).items[::-1]


async def test_a_change_on_an_outdated_revision_is_refused_and_names_the_current_one(engine: Driven) -> None:
    rule = await engine.rule("night")
    current = await engine.use_cases.update_rule(rule.id, rule.revision, replace(rule.content, name="New"), GRACE)

    with pytest.raises(Refused, match=f"revision {current.revision}") as refusal:
        await engine.use_cases.update_rule(rule.id, rule.revision, rule.content, ADMIN)

    assert codes(refusal) == ["STALE_REVISION"]
    assert refusal.value.problems[0].path == ("expectedRevision",)
    async with engine.use_cases.begin() as work:
        assert await work.rules.get(rule.id) == current


async def test_a_change_of_a_rule_that_is_not_there_is_refused(engine: Driven) -> None:
    with pytest.raises(Refused) as refusal:
        await engine.use_cases.delete_rule(RuleId("nowhere"), 1, ADMIN)

    assert codes(refusal) == ["NOT_FOUND"]


async def test_of_two_changes_at_once_one_is_made_and_the_other_refused(engine: Driven, other_engine: Driven) -> None:
    rule = await engine.rule("night")
    for number in range(10):
        contents = [replace(rule.content, name=f"{author} {number}") for author in ("one", "other")]
        outcomes = await asyncio.gather(
            engine.use_cases.update_rule(rule.id, rule.revision, contents[0], ADMIN),
            other_engine.use_cases.update_rule(rule.id, rule.revision, contents[1], GRACE),
            return_exceptions=True,
        )
        (made,) = [outcome for outcome in outcomes if isinstance(outcome, Rule)]
        (refused,) = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
        assert refused.problems[0].code == "STALE_REVISION"
        rule = made

    assert [revision.revision for revision in await history(engine, rule)] == list(range(1, 13))
    for process in (engine, other_engine):
        await process.settled()
        assert [r.rule for r in process.use_cases.rules.known.rule_set.rules] == [rule]


async def test_the_history_tells_every_revision_with_author_time_and_kind(engine: Driven) -> None:
    times = [engine.now()]
    content = RuleContent(RuleKey("night"), "Night", (DARK,))
    draft = rule = await engine.use_cases.create_rule(content, ADMIN)
    changes: list[Callable[[Rule], Awaitable[Rule]]] = [
        lambda r: engine.use_cases.set_rule_status(r.id, r.revision, RuleStatus.ACTIVE, GRACE),
        lambda r: engine.use_cases.update_rule(r.id, r.revision, replace(r.content, adaptations=(LIGHT,)), ADMIN),
        lambda r: engine.use_cases.roll_back_rule(r.id, r.revision, 1, GRACE),
        lambda r: engine.use_cases.delete_rule(r.id, r.revision, ADMIN),
    ]
    for change in changes:
        engine.clock.advance(MINUTE)
        times.append(engine.now())
        rule = await change(rule)

    revisions = await history(engine, rule)

    assert [r.kind for r in revisions] == [
        RuleChangeKind.CREATED,
        RuleChangeKind.STATUS_CHANGED,
        RuleChangeKind.UPDATED,
        RuleChangeKind.ROLLED_BACK,
        RuleChangeKind.DELETED,
    ]
    assert [r.rule.updated_by for r in revisions] == [ADMIN, GRACE, ADMIN, GRACE, ADMIN]
    assert [r.rule.updated_at for r in revisions] == times
    assert [r.rule.content == draft.content for r in revisions] == [True, True, False, True, True]
    assert revisions[-1].rule == rule
    await engine.settled()
    news = [n for n in engine.bus.acted_on if isinstance(n, RuleChanged) and n.rule_id == rule.id]
    assert [n.revision for n in news] == [1, 2, 3, 4, 5]


async def test_rolling_back_keeps_the_status_and_counts_at_once(engine: Driven) -> None:
    rule = await engine.rule("night")
    light = await engine.use_cases.update_rule(
        rule.id, rule.revision, replace(rule.content, adaptations=(LIGHT,)), ADMIN
    )
    assert (await engine.config("ada")).theme_mode == "LIGHT"

    back = await engine.use_cases.roll_back_rule(rule.id, light.revision, rule.revision, ADMIN)

    assert (back.revision, back.status, back.content) == (4, RuleStatus.ACTIVE, rule.content)
    assert (await engine.config("ada")).theme_mode == "DARK"
    with pytest.raises(Refused) as refusal:
        await engine.use_cases.roll_back_rule(rule.id, back.revision, 99, ADMIN)
    assert codes(refusal) == ["NOT_FOUND"]


async def test_a_deleted_rule_decides_nothing_and_frees_its_key(engine: Driven) -> None:
    rule = await engine.rule("night")
    with pytest.raises(Refused) as refusal:
        await engine.use_cases.create_rule(rule.content, ADMIN)
    assert codes(refusal) == ["RULE_KEY_TAKEN"]

    archived = await engine.use_cases.delete_rule(rule.id, rule.revision, ADMIN)

    assert (await engine.config("ada")).theme_mode == "SYSTEM"
    again = await engine.use_cases.create_rule(rule.content, ADMIN)
    assert again.id != rule.id
    with pytest.raises(Refused) as refusal:  # its key is another rule's by now
        await engine.use_cases.set_rule_status(rule.id, archived.revision, RuleStatus.ACTIVE, ADMIN)
    assert codes(refusal) == ["RULE_KEY_TAKEN"]
    with pytest.raises(Refused) as refusal:
        await engine.use_cases.update_rule(rule.id, archived.revision, rule.content, ADMIN)
    assert codes(refusal) == ["ARCHIVED"]


async def test_the_rules_of_a_group_hold_parts_of_it_that_only_archiving_gives_up(engine: Driven) -> None:
    do = engine.use_cases
    one = await engine.rule("one", exclusion_group="welcome", coverage=0.6)
    other = await engine.rule("other", exclusion_group="welcome", coverage=0.4)
    assert (one.held, other.held) == (((0, 6_000),), ((6_000, 10_000),))

    with pytest.raises(Refused) as refusal:
        await engine.rule("third", exclusion_group="welcome", coverage=0.1)
    assert codes(refusal) == ["EXCLUSION_GROUP_FULL"]

    one = await do.update_rule(one.id, one.revision, replace(one.content, coverage=0.2), ADMIN)
    third = await engine.rule("third", exclusion_group="welcome", coverage=0.4)
    assert (one.held, third.held) == (((0, 2_000),), ((2_000, 6_000),))

    with pytest.raises(Refused):
        await do.roll_back_rule(one.id, one.revision, 1, ADMIN)
    gone = await do.delete_rule(third.id, third.revision, ADMIN)
    one = await do.roll_back_rule(one.id, one.revision, 1, ADMIN)
    assert (gone.held, one.held) == ((), ((0, 6_000),))

    with pytest.raises(Refused):
        await do.set_rule_status(gone.id, gone.revision, RuleStatus.PAUSED, ADMIN)
    one = await do.update_rule(one.id, one.revision, replace(one.content, exclusion_group="elsewhere"), ADMIN)
    revived = await do.set_rule_status(gone.id, gone.revision, RuleStatus.PAUSED, ADMIN)
    assert (one.held, revived.held) == (((0, 6_000),), ((0, 4_000),))


async def test_two_processes_never_give_the_same_part_of_a_group_away(engine: Driven, other_engine: Driven) -> None:
    made = await asyncio.gather(
        *(
            who.rule(f"rule-{number}", exclusion_group="welcome", coverage=0.2)
            for number, who in enumerate((engine, other_engine) * 4)
        ),
        return_exceptions=True,
    )

    rules = [rule for rule in made if not isinstance(rule, BaseException)]
    assert len(rules) == 5
    assert sorted(span for rule in rules for span in rule.held) == [(n, n + 2_000) for n in range(0, 10_000, 2_000)]


async def test_a_status_that_the_rule_has_already_is_refused(engine: Driven) -> None:
    rule = await engine.rule("night")

    with pytest.raises(Refused) as refusal:
        await engine.use_cases.set_rule_status(rule.id, rule.revision, RuleStatus.ACTIVE, ADMIN)

    assert codes(refusal) == ["UNCHANGED"]


async def test_archiving_a_rule_on_trial_ends_its_run_and_frees_its_users_of_the_exclusion_group(
    engine: Driven,
) -> None:
    tried = build_experiment()
    first = await engine.rule("first", exclusion_group="welcome", coverage=0.5, experiment=tried)
    running = await engine.use_cases.start_experiment(first.id, ADMIN)
    archived = await engine.use_cases.delete_rule(running.id, running.revision, ADMIN)
    second = await engine.rule("second", LIGHT, exclusion_group="welcome", coverage=0.4)

    back = await engine.use_cases.set_rule_status(first.id, archived.revision, RuleStatus.ACTIVE, ADMIN)

    held = [rule.held for rule in (running, archived, second, back)]
    assert held == [(BucketSpan(0, 5_000),), (), (BucketSpan(0, 4_000),), (BucketSpan(4_000, 9_000),)]
    assert back.run == archived.run
    assert back.run is not None
    assert not back.run.is_running  # its users are others now: who was given a variation is given nothing any more
    with pytest.raises(Refused) as refusal:
        await engine.use_cases.conclude_experiment(first.id, "dark", ADMIN)
    assert codes(refusal) == ["NOT_RUNNING"]
    rolled = await engine.use_cases.roll_back_rule(first.id, back.revision, running.revision, ADMIN)
    assert rolled.run == back.run
    assert latest_trial(rolled) == (tried, back.run)
    again = await engine.use_cases.start_experiment(first.id, ADMIN)
    assert again.run is not None
    assert (again.run.number, again.held) == (2, back.held)
