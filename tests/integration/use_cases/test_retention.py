"""An engine with a retention takes nothing that happened before it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from domain.errors import Refused
from domain.model.definitions import Definitions, RuleDefinition
from domain.use_cases.imports import ApplyImport, Import
from domain.use_cases.interactions import TrackInteractions
from domain.use_cases.rules import RollBackRule
from tests.builders.experiments import BUYING, build_experiment
from tests.builders.interactions import interaction
from tests.integration.use_cases.driving import ADMIN, content

if TYPE_CHECKING:
    from domain.model.experiments import Experiment
    from tests.integration.use_cases.driving import Driven


async def test_what_is_older_than_the_retention_is_refused_by_index_and_nothing_is_stored(engine: Driven) -> None:
    parts = engine.engine.adapters
    track = TrackInteractions(parts.begin, parts.bus, parts.clock, parts.counters, timedelta(days=30))
    new = interaction(engine.now(), key="new", user_id="ada")
    old = interaction(engine.now() - timedelta(days=31), key="old", user_id="ada")

    with pytest.raises(Refused) as refused:
        await track([new, old])

    assert [(problem.code, problem.path) for problem in refused.value.problems] == [
        ("TOO_OLD", ("input", "1", "occurredAt"))
    ]
    assert (await track([new])).accepted == 1


def within(days: int) -> Experiment:
    return build_experiment(goal=replace(BUYING, window_days=days))


async def test_no_window_longer_than_the_retention_comes_back_with_an_earlier_revision(engine: Driven) -> None:
    """It was written before there was a retention, or when that was longer."""
    rule = await engine.rule("trial", experiment=within(31))
    shorter = replace(rule.content, experiment=within(7))
    changed = await engine.use_cases.update_rule(rule.id, rule.revision, shorter, ADMIN)
    writer = replace(engine.use_cases.roll_back_rule.writer, retention=timedelta(days=30))

    with pytest.raises(Refused) as refused:
        await RollBackRule(writer)(rule.id, changed.revision, rule.revision, ADMIN)

    assert [(problem.code, problem.path) for problem in refused.value.problems] == [("OUT_OF_RANGE", ("toRevision",))]


async def test_no_window_longer_than_the_retention_is_imported(engine: Driven) -> None:
    parts, rules = engine.engine.adapters, engine.use_cases.rules
    retention = timedelta(days=30)
    apply = ApplyImport(parts.begin, parts.bus, parts.clock, rules, new_id=lambda: "new", retention=retention)
    wanted = Import(Definitions((RuleDefinition(content("trial", experiment=within(31))),)))

    with pytest.raises(Refused) as refused:
        await apply(wanted, ADMIN)

    assert [(problem.code, problem.path) for problem in refused.value.problems] == [
        ("OUT_OF_RANGE", ("document", "rules", "0", "experiment", "goal", "windowDays"))
    ]
