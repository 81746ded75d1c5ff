"""Is an import made as a whole or not at all, as revisions with an author, and does everybody hear of it?"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from domain.errors import Refused
from domain.model.adaptations import AddShortcut
from domain.model.audit_log import AuditAction
from domain.model.catalogues import Catalogue, CatalogueItem
from domain.model.conditions import AttributesMatch, TraitsMatch
from domain.model.configs import UpdateCause
from domain.model.contexts import Context
from domain.model.definitions import Definitions, RuleDefinition
from domain.model.experiments import ExperimentMode
from domain.model.imports import ImportChangeKind
from domain.model.news import RuleChanged, RulesImported, SegmentsRedefined
from domain.model.pages import PageRequest
from domain.model.rules import RuleChangeKind, RuleId, RuleStatus
from domain.model.users import UserId
from domain.ports.audit_log import AuditFilter
from domain.ports.rules import RuleFilter, RuleOrder
from domain.rules.documents.rule_sets import parse_rule_set, rule_set_document
from domain.use_cases.imports import Import
from tests.builders.experiments import build_experiment
from tests.builders.interactions import MINUTE
from tests.builders.rules import CATALOGUE, LIGHT
from tests.builders.segments import build_segment
from tests.integration.use_cases.conftest import empty
from tests.integration.use_cases.driving import ADMIN, Driven, content

if TYPE_CHECKING:
    from app.embedded.services import EmbeddedServices
    from domain.model.rules import Rule

GRACE = UserId("grace")
ACTIVE = RuleStatus.ACTIVE


def active(name: str, **parts: object) -> RuleDefinition:
    return RuleDefinition(content(name, **parts), ACTIVE)


async def living(engine: Driven) -> dict[str, Rule]:
    """The rules by key."""
    async with engine.use_cases.begin() as work:
        page = await work.rules.page(RuleFilter(), RuleOrder.NAME_ASC, PageRequest(100))
    return {rule.content.key: rule for rule in page.items}


async def kinds(engine: Driven, rule: Rule) -> list[tuple[RuleChangeKind, str]]:
    """What was done to the rule and by whom, latest first."""
    async with engine.use_cases.begin() as work:
        history = await work.rules.history(rule.id, PageRequest(100))
    return [(revision.kind, revision.rule.updated_by) for revision in history.items]


async def revision(engine: Driven) -> int:
    async with engine.use_cases.begin() as work:
        return sum(await work.rule_sets.revisions())


async def test_every_changed_rule_is_a_new_revision_with_author_and_time_and_nothing_else_is_touched(
    engine: Driven,
) -> None:
    kept, changed, gone = [await engine.rule(name) for name in ("kept", "changed", "gone")]
    engine.clock.advance(MINUTE)
    wanted = Definitions(
        (
            RuleDefinition(kept.content, ACTIVE),
            replace(active("changed"), content=replace(changed.content, adaptations=(LIGHT,))),
            RuleDefinition(content("new"), RuleStatus.PAUSED, "a seed"),
        )
    )

    plan = await engine.use_cases.apply_import(Import(wanted, prune=True), GRACE)

    rules = await living(engine)
    assert [(change.kind, change.subject) for change in plan.changes] == [
        (ImportChangeKind.CHANGED, "rule changed"),
        (ImportChangeKind.ARCHIVED, "rule gone"),
        (ImportChangeKind.CREATED, "rule new"),
    ]
    assert (plan.unchanged, plan.revision) == (1, await revision(engine))
    assert rules["kept"] == kept
    assert (rules["changed"].revision, rules["changed"].content.adaptations) == (3, (LIGHT,))
    assert (rules["new"].revision, rules["new"].status, rules["new"].salt) == (1, RuleStatus.PAUSED, "a seed")
    assert rules["gone"].status is RuleStatus.ARCHIVED
    assert {rules[name].updated_at for name in ("changed", "new", "gone")} == {engine.now()}
    assert (await kinds(engine, changed))[0] == (RuleChangeKind.UPDATED, GRACE)
    assert (await kinds(engine, gone))[0] == (RuleChangeKind.DELETED, GRACE)
    assert await kinds(engine, rules["new"]) == [(RuleChangeKind.CREATED, GRACE)]


async def test_an_import_is_one_revision_of_the_rule_set_and_doing_it_again_is_none(engine: Driven) -> None:
    wanted = Import(
        Definitions((active("a"), active("b")), (build_segment("busy"),), Catalogue((CatalogueItem("x", "X"),)))
    )

    first = await engine.use_cases.apply_import(wanted, ADMIN)
    async with engine.use_cases.begin() as work:
        assert await work.rule_sets.revisions() == (1, 1)
    before = await living(engine)
    again = await engine.use_cases.apply_import(wanted, GRACE)

    assert len(first.changes) == 4
    assert (again.changes, again.unchanged, again.revision) == ((), 4, 2)
    assert await living(engine) == before


async def test_the_audit_log_tells_of_everything_that_an_import_changed(engine: Driven) -> None:
    wanted = Definitions((active("a"),), (build_segment("busy"),), Catalogue((CatalogueItem("x", "X"),)))
    await engine.use_cases.apply_import(Import(wanted), GRACE)
    await engine.use_cases.apply_import(Import(replace(wanted, segments=()), prune=True), ADMIN)

    async with engine.use_cases.begin() as work:
        entries = (await work.audit_log.page(AuditFilter(), PageRequest(10))).items
    told = [(entry.change.actor, entry.change.action, entry.change.subject) for entry in entries]
    assert told[0] == (ADMIN, AuditAction.SEGMENT_DELETED, "segment busy")
    assert set(told[1:]) == {
        (GRACE, AuditAction.SEGMENT_SAVED, "segment busy"),
        (GRACE, AuditAction.RULE_CREATED, "rule a"),
        (GRACE, AuditAction.CATALOGUE_SAVED, "catalogue"),
    }


async def test_planning_changes_nothing(engine: Driven) -> None:
    plan = await engine.use_cases.plan_import(Import(Definitions((active("a"),), catalogue=CATALOGUE)), ADMIN)

    assert [change.subject for change in plan.changes] == ["catalogue", "rule a"]
    assert (plan.revision, await revision(engine), await living(engine)) == (0, 0, {})


async def test_an_import_is_refused_when_anything_changed_since_it_was_planned(engine: Driven) -> None:
    wanted = Import(Definitions((active("a"),)))
    for change in (
        engine.rule("meanwhile"),
        engine.use_cases.save_segment(build_segment("busy"), ADMIN),
        engine.use_cases.save_catalogue(CATALOGUE, ADMIN),
    ):
        plan = await engine.use_cases.plan_import(wanted, ADMIN)
        await change
        with pytest.raises(Refused, match="look at what would change again") as refused:
            await engine.use_cases.apply_import(replace(wanted, expected_revision=plan.revision), ADMIN)
        assert [problem.code for problem in refused.value.problems] == ["STALE_REVISION"]
    assert "a" not in await living(engine)

    plan = await engine.use_cases.plan_import(wanted, ADMIN)
    await engine.use_cases.apply_import(replace(wanted, expected_revision=plan.revision), ADMIN)
    assert "a" in await living(engine)


async def test_open_pages_of_every_process_show_what_was_imported(engine: Driven, other_engine: Driven) -> None:
    pages = [process.open_page("ada") for process in (engine, other_engine)]
    for page in pages:
        assert (await page.next()).config.theme_mode == "SYSTEM"

    await engine.use_cases.apply_import(Import(Definitions((active("night"), active("other", places=["x"])))), ADMIN)

    for page in pages:
        update = await page.next()
        assert (update.config.theme_mode, update.cause) == ("DARK", UpdateCause.RULE_CHANGED)
    with_defaults = Catalogue((CatalogueItem("export", "Export"),))
    await other_engine.use_cases.apply_import(Import(Definitions(catalogue=with_defaults)), ADMIN)
    for page in pages:
        update = await page.next()
        assert [feature.key for feature in update.config.features] == ["export"]
        assert update.cause is UpdateCause.CATALOGUE_CHANGED


async def test_who_follows_rules_is_told_of_each_and_who_keeps_profiles_of_new_segments(engine: Driven) -> None:
    told = engine.use_cases.feeds.rules.follow(lambda _: True)
    many = tuple(active(f"rule-{number}") for number in range(750))

    await engine.use_cases.apply_import(Import(Definitions(many, (build_segment("busy"),))), GRACE)
    changes = [await anext(told) for _ in many]
    await told.aclose()
    await engine.settled()

    assert {change.kind for change in changes} == {RuleChangeKind.CREATED}
    assert {change.by for change in changes} == {GRACE}
    assert {change.rule_id for change in changes} == {rule.id for rule in engine.use_cases.rules.known.rule_set.rules}
    news = engine.bus.acted_on
    assert [len(item.changes) for item in news if isinstance(item, RulesImported)] == [500, 250]
    assert [item for item in news if isinstance(item, SegmentsRedefined)] == [SegmentsRedefined(1)]
    assert not [item for item in news if isinstance(item, RuleChanged)]


async def test_segments_count_at_once_and_are_deleted_by_pruning(engine: Driven) -> None:
    pro = build_segment("pro", condition=TraitsMatch({"plan": "pro"}))
    await engine.use_cases.apply_import(Import(Definitions(segments=(pro,))), ADMIN)

    assert [segment.key for segment in engine.use_cases.rules.known.segments] == ["pro"]
    plan = await engine.use_cases.apply_import(Import(Definitions(segments=()), prune=True), ADMIN)
    assert [(change.kind, change.subject) for change in plan.changes] == [(ImportChangeKind.DELETED, "segment pro")]
    assert engine.use_cases.rules.known.segments == ()


async def test_an_import_that_cannot_be_stored_leaves_nothing_behind(engine: Driven) -> None:
    """That an id is taken is found last, after the catalogue was written."""
    taken = await engine.rule("a")
    before = await engine.use_cases.export_rules()
    apply = replace(engine.use_cases.apply_import, new_id=lambda: taken.id)

    with pytest.raises(Refused, match="somebody else"):
        await apply(Import(Definitions((active("b"),), (build_segment("busy"),), CATALOGUE)), ADMIN)

    assert await engine.use_cases.export_rules() == before


async def test_imports_and_single_changes_at_once_wait_for_each_other(engine: Driven, other_engine: Driven) -> None:
    rule = await engine.rule("night")
    for number in range(5):
        wanted = Definitions((active("night", description=str(number)), active(f"new-{number}")))
        outcomes = await asyncio.gather(
            engine.use_cases.apply_import(Import(wanted), GRACE),
            other_engine.use_cases.apply_import(Import(wanted), ADMIN),
            other_engine.use_cases.update_rule(
                rule.id, rule.revision, content("night", description=f"{number} by hand"), ADMIN
            ),
            engine.use_cases.save_segment(build_segment(f"busy-{number}"), ADMIN),
            other_engine.use_cases.save_catalogue(CATALOGUE, ADMIN),
            return_exceptions=True,
        )
        refusals = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        assert [str(refusal) for refusal in refusals if not isinstance(refusal, Refused)] == []
        rule = (await living(engine))["night"]

    for process in (engine, other_engine):
        await process.settled()
        stored = await process.use_cases.export_rules()
        known = {rule.rule.content.key for rule in process.use_cases.rules.known.rule_set.rules}
        assert known == {definition.content.key for definition in stored.rules or ()}


async def test_an_empty_engine_given_an_export_decides_alike(engine: Driven, migrated_stores: EmbeddedServices) -> None:
    users = [f"user-{number}" for number in range(60)]
    for name, parts in {
        "half": {"coverage": 0.5},
        "third": {"coverage": 0.3, "adaptations": (LIGHT,)},
        "pro": {"condition": TraitsMatch({"plan": "pro"}), "priority": 3},
    }.items():
        engine.clock.advance(MINUTE)  # equals are ordered by age
        await engine.rule(name, **parts)  # type: ignore[arg-type]  # parts of a rule by name
    renamed = (await living(engine))["half"]
    await engine.use_cases.update_rule(
        renamed.id, renamed.revision, replace(renamed.content, key=content("another").key), ADMIN
    )
    before = {user: (await engine.config(user)).theme_mode for user in users}
    exported = await engine.use_cases.export_rules()
    assert len(set(before.values())) > 1

    await empty(migrated_stores)
    engine.clock.advance(MINUTE)
    await engine.use_cases.rules.refresh()
    await engine.use_cases.apply_import(Import(exported), ADMIN)

    assert {user: (await engine.config(user)).theme_mode for user in users} == before
    again = await engine.use_cases.export_rules()
    assert rule_set_document(again) == rule_set_document(exported)


def asking(number: int) -> Context:
    return Context("dashboard", attributes={"plan": ("free", "pro", "team")[number % 3]})


async def shown(engine: Driven) -> list[tuple[object, ...]]:
    """What each of 2,000 users is shown, by which rules and variations; of rules, ids are an engine's own."""
    keys = {one.rule.id: one.rule.content.key for one in engine.use_cases.rules.known.rule_set.rules}
    configs = [await engine.config(f"user-{number}", asking(number)) for number in range(2_000)]
    return [
        (
            config.theme_mode,
            config.shortcuts,
            sorted((keys[one.rule_id], replace(one, rule_id=RuleId(""))) for one in config.applied),
        )
        for config in configs
    ]


async def test_an_empty_engine_given_the_exported_text_shows_2_000_users_the_same(
    engine: Driven, migrated_stores: EmbeddedServices
) -> None:
    """Rollouts, a group whose rules grew and shrank, trials, one of them reallocated, a conclusion, a holdout."""
    pro = AttributesMatch({"plan": "pro"})
    trial = build_experiment(holdout=0.2)
    await engine.use_cases.save_catalogue(Catalogue(holdout=0.05), ADMIN)
    for name, parts in {
        "half": {"coverage": 0.5},
        "third": {"coverage": 0.3, "adaptations": (LIGHT,)},
        "pros": {"condition": pro, "adaptations": (AddShortcut("pro"),)},
        "first": {"exclusion_group": "welcome", "coverage": 0.4, "adaptations": (AddShortcut("first"),)},
        "second": {"exclusion_group": "welcome", "coverage": 0.3, "adaptations": (AddShortcut("second"),)},
        "trial": {"priority": 2, "coverage": 0.6, "experiment": trial},
        "bandit": {"priority": 3, "condition": pro, "experiment": replace(trial, mode=ExperimentMode.BANDIT)},
        "won": {"priority": 1, "coverage": 0.2, "experiment": trial},
    }.items():
        engine.clock.advance(MINUTE)
        rule = await engine.rule(name, **parts)  # type: ignore[arg-type]  # parts of a rule by name
        if rule.content.experiment is not None:
            await engine.use_cases.start_experiment(rule.id, ADMIN)
    rules = await living(engine)
    for name, coverage in (("first", 0.1), ("second", 0.8)):
        content = replace(rules[name].content, coverage=coverage)
        await engine.use_cases.update_rule(rules[name].id, rules[name].revision, content, ADMIN)
    await engine.use_cases.conclude_experiment(rules["won"].id, "dark", ADMIN)
    await engine.use_cases.roll_back_rule.writer.reallocate(rules["bandit"], (0.9, 0.1))
    before = await shown(engine)
    exported = json.dumps(rule_set_document(await engine.use_cases.export_rules()))
    assert len({str(each) for each in before}) > 20

    await empty(migrated_stores)
    engine.clock.advance(MINUTE)
    await engine.use_cases.rules.refresh()
    await engine.use_cases.apply_import(Import(parse_rule_set(json.loads(exported))), ADMIN)

    assert await shown(engine) == before
    assert json.dumps(rule_set_document(await engine.use_cases.export_rules())) == exported
