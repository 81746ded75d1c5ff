"""Can a large rule set be loaded while others are being served?"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from domain.ports.rules import StoredRuleSet
from domain.rules.rule_sets import RuleSet
from domain.use_cases.current_rules import RULES_PER_TURN, compiled_in_turns
from tests.builders.rules import CATALOGUE, LIGHT, build_rule

TURNS = 40
RULES = tuple(build_rule(f"rule-{number}") for number in range(TURNS * RULES_PER_TURN))
STORED = StoredRuleSet(7, RULES, CATALOGUE, segments=(), segments_revision=0)


async def test_others_get_a_turn_after_every_few_rules() -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(others())
    rule_set = await compiled_in_turns(STORED, known=None)
    beside.cancel()

    assert turns >= TURNS
    assert rule_set.revision == 7
    assert [rule.rule for rule in rule_set.rules] == [rule.rule for rule in RuleSet.compile(7, RULES, CATALOGUE).rules]


async def test_what_did_not_change_is_not_compiled_again() -> None:
    known = await compiled_in_turns(STORED, known=None)
    changed = build_rule("rule-5", LIGHT, revision=2)
    stored = replace(STORED, revision=8, rules=(*RULES[:5], changed, *RULES[6:]))

    after = await compiled_in_turns(stored, known)

    ((old, new),) = known.changes_to(after)
    assert (old and old.rule, new and new.rule) == (RULES[5], changed)
    assert after.rule(RULES[4].id) is known.rule(RULES[4].id)
