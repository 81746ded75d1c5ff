"""How do tests make and change rules through the API, without getting into each other's way?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.engines import unique

if TYPE_CHECKING:
    from tests.engines import Speaker

ALWAYS = {"always": True}
DARK, LIGHT = {"setTheme": {"mode": "DARK"}}, {"setTheme": {"mode": "LIGHT"}}
SPACIOUS, COMPACT = {"setLayout": {"density": "SPACIOUS"}}, {"setLayout": {"density": "COMPACT"}}

CREATE = """
mutation ($input: RuleInput!) {
  outcome: createRule(input: $input) { userErrors { message } rule { id revision } }
}
"""
SET_STATUS = """
mutation ($id: ID!, $expected: Int!, $status: RuleStatus!) {
  outcome: setRuleStatus(id: $id, expectedRevision: $expected, status: $status) {
    userErrors { message } rule { id revision }
  }
}
"""
UPDATE = """
mutation ($id: ID!, $expected: Int!, $input: RuleInput!) {
  outcome: updateRule(id: $id, expectedRevision: $expected, input: $input) {
    userErrors { message } rule { id revision }
  }
}
"""


def rule_input(place: str, *adaptations: dict[str, Any], **rest: Any) -> dict[str, Any]:
    """A rule that always applies, at one place only."""
    key = unique("rule")
    given = {"key": key, "name": key, "places": [place], "condition": ALWAYS, "adaptations": list(adaptations)}
    return {**given, **rest}


@dataclass(slots=True)
class LivingRule:
    """A rule as its author last left it."""

    author: Speaker
    input: dict[str, Any]
    id: str
    revision: int

    async def activate(self) -> None:
        await self._change(SET_STATUS, status="ACTIVE")

    async def pause(self) -> None:
        await self._change(SET_STATUS, status="PAUSED")

    async def rewrite(self, **changes: Any) -> None:
        self.input = {**self.input, **changes}
        await self._change(UPDATE, input=self.input)

    async def _change(self, mutation: str, **variables: Any) -> None:
        answer = await self.author.ask(mutation, id=self.id, expected=self.revision, **variables)
        _, self.revision = _identity(answer)


async def active_rule(author: Speaker, place: str, *adaptations: dict[str, Any], **rest: Any) -> LivingRule:
    """A new rule, in force when this returns."""
    given = rule_input(place, *adaptations, **rest)
    rule = LivingRule(author, given, *_identity(await author.ask(CREATE, input=given)))
    await rule.activate()
    return rule


def _identity(answer: dict[str, Any]) -> tuple[str, int]:
    outcome = answer["outcome"]
    assert not outcome["userErrors"], outcome
    return outcome["rule"]["id"], outcome["rule"]["revision"]
