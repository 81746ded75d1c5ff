"""Does a user get the variation that somebody chose for them, at once, everywhere, until it is taken back?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from domain.errors import Refused
from domain.model.assignments import StickyVariation
from domain.model.audit_log import AuditAction
from domain.model.configs import Config
from domain.model.pages import PageRequest
from domain.model.profiles import Profile
from domain.model.rules import RuleId
from domain.model.users import UserId
from domain.ports.audit_log import AuditFilter
from domain.use_cases.assignments import Override
from tests.builders.assignments import BOLD, CONTROL, build_applied
from tests.builders.experiments import build_experiment, build_run, build_variation
from tests.builders.interactions import interaction
from tests.builders.rules import DARK
from tests.integration.use_cases.driving import ADMIN, Driven, key, silent_rule

if TYPE_CHECKING:
    from domain.model.assignments import Assignment
    from domain.model.rules import Rule

ADA, GRACE = UserId("ada"), UserId("grace")
EXPERIMENT = build_experiment(build_variation("control", control=True), build_variation("bold", DARK))
R1 = RuleId("r1")


@dataclass(frozen=True)
class Console:
    """An admin's, on one engine, and a rule whose experiment is in its third run."""

    engine: Driven
    rule: Rule

    async def override(
        self, variation: str | None, user_id: UserId = ADA, rule_id: RuleId | None = None
    ) -> Assignment | None:
        wanted = Override(rule_id or self.rule.id, user_id, variation)
        given = await self.engine.use_cases.override_variation(wanted, ADMIN)
        await self.engine.settled()
        return given

    async def refusal(self, variation: str | None, **whose: Any) -> str:
        with pytest.raises(Refused) as refused:
            await self.override(variation, **whose)
        return refused.value.problems[0].code


@pytest.fixture
async def console(engine: Driven) -> Console:
    rule = silent_rule(engine, "r1", experiment=EXPERIMENT)
    rule = replace(rule, run=build_run(EXPERIMENT, 3))
    await engine.bus.publish(await engine.store_silently(rule))
    await engine.settled()
    return Console(engine, rule)


async def current(engine: Driven, user_id: UserId = ADA) -> Profile:
    return await engine.use_cases.profiles.get(user_id)


async def test_it_counts_in_every_process_at_once(console: Console, engine: Driven, other_engine: Driven) -> None:
    assert (await current(other_engine)).assignments == {}

    given = await console.override(BOLD)
    await other_engine.settled()

    assert given is not None
    assert given.applied == build_applied(run=3, overridden=True)
    for process in (engine, other_engine):
        assert (await current(process)).assignments == {R1: StickyVariation(3, BOLD, overridden=True)}


async def test_what_was_drawn_is_replaced_and_what_is_delivered_changes_nothing(
    console: Console, engine: Driven
) -> None:
    drawn = Config("c", engine.now(), applied=(build_applied(run=3, variation=CONTROL, probability=0.5),))
    applications = engine.use_cases.applications
    applications.note(ADA, drawn, Profile(ADA))
    await applications.write()

    await console.override(BOLD)
    applications.note(ADA, drawn, await current(engine))
    await applications.write(everything=True)

    assert (await engine.profile(ADA)).assignments == {R1: StickyVariation(3, BOLD, overridden=True)}


async def test_taken_back_the_user_is_drawn_afresh(console: Console, engine: Driven) -> None:
    await console.override(BOLD)
    assert await console.override(None) is None

    assert (await current(engine)).assignments == {}
    async with engine.use_cases.begin() as work:
        assert await work.assignments.of_users([ADA]) == {}


async def test_folding_goes_on_meanwhile(console: Console, engine: Driven) -> None:
    await engine.track(interaction(engine.now(), user_id=ADA, key=key(1)))
    await console.override(BOLD)
    await engine.fold()

    profile = await engine.profile(ADA)
    assert profile.history.interactions == 1
    assert profile.assignments == {R1: StickyVariation(3, BOLD, overridden=True)}


async def test_it_is_audited_without_naming_the_user_where_erasing_would_not_find_them(
    console: Console, engine: Driven
) -> None:
    await console.override(BOLD)
    await console.override(CONTROL)
    await console.override(None)

    async with engine.use_cases.begin() as work:
        entries = (await work.audit_log.page(AuditFilter(rule_id=R1), PageRequest(3))).items
    bold, control = ({"run": 3, "variation": variation, "overridden": True} for variation in (BOLD, CONTROL))
    assert [(e.change.action, e.change.about, e.change.before, e.change.after) for e in entries] == [
        (AuditAction.OVERRIDE_REMOVED, ADA, control, None),
        (AuditAction.VARIATION_OVERRIDDEN, ADA, bold, control),
        (AuditAction.VARIATION_OVERRIDDEN, ADA, None, bold),
    ]
    await engine.use_cases.erase_user(ADA)
    async with engine.use_cases.begin() as work:
        entries = (await work.audit_log.page(AuditFilter(rule_id=R1), PageRequest(3))).items
    assert {entry.change.about for entry in entries} == {"erased"}
    assert ADA not in str([(entry.change.subject, entry.change.before, entry.change.after) for entry in entries])


async def test_what_is_impossible_is_refused_and_changes_nothing(console: Console, engine: Driven) -> None:
    assert await console.refusal("crimson") == "UNKNOWN_VARIATION"
    assert await console.refusal(None) == "UNCHANGED"
    assert await console.refusal(BOLD, rule_id=RuleId("none")) == "NOT_FOUND"
    await engine.use_cases.set_personalization(GRACE, enabled=False, use_of_models=False)
    assert await console.refusal(BOLD, user_id=GRACE) == "OPTED_OUT"
    await engine.use_cases.conclude_experiment(console.rule.id, BOLD, ADMIN)
    assert await console.refusal(BOLD) == "NOT_RUNNING"
    idle = await engine.rule("idle")
    assert await console.refusal(BOLD, rule_id=idle.id) == "NOT_RUNNING"

    async with engine.use_cases.begin() as work:
        assert await work.profiles.of_users([ADA]) == {}
