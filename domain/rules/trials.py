"""Which of a rule's variations does a user get, found fast?

Every variation is a compiled rule of its own, made once, so that contests and remembered outcomes need not know of
experiments.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from domain.model.assignments import Applied
from domain.rules.buckets import salted
from domain.rules.experiments import kept_variation, run_holdout_salt, run_salt, running, variation_ranges

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from domain.model.rules import Rule
    from domain.rules.rule_sets import CompiledRule
    from domain.rules.situations import Situation
    from domain.rules.slots import Claim

MAX_REMEMBERED_WAYS = 256
"""One a variation and a probability with which it was assigned: a bandit makes new ones day by day."""


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """One run of a rule's experiment. `claims`: everything that the rule or any of its variations wants, once a slot.

    `states`: the salts under which it draws, and where each leads. `drawn`: what chance can give, held out first.
    """

    rule: Rule
    run: int
    claims: tuple[Claim, ...]
    states: Mapping[str, int]
    drawn: tuple[Applied, ...]
    _holdout: float
    _ends: tuple[float, ...]
    _salt: str
    _holdout_salt: str
    _make: Callable[[Applied], CompiledRule]
    _made: dict[Applied, CompiledRule] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, rule: Rule, claims: tuple[Claim, ...], make: Callable[[Applied], CompiledRule]) -> Trial | None:
        """`make`: the rule as who gets this meets it. `None` unless the experiment runs."""
        tried = running(rule)
        if tried is None:
            return None
        experiment, run = tried
        rest = 1 - experiment.holdout
        given = [
            Applied(rule.id, run.number, variation.key, probability=rest * share)
            for variation, share in zip(experiment.variations, run.allocation, strict=True)
        ]
        held_out = Applied(rule.id, run.number, held_out=True, probability=experiment.holdout)
        salt, holdout_salt = run_salt(rule, run.number), run_holdout_salt(rule, run.number)
        salts = (salt, holdout_salt) if experiment.holdout else (salt,)
        return cls(
            rule=rule,
            run=run.number,
            claims=claims,
            states={one: salted(one) for one in salts},
            drawn=(held_out, *given),
            _holdout=experiment.holdout,
            _ends=tuple(held.end for held in variation_ranges(run.allocation)),
            _salt=salt,
            _holdout_salt=holdout_salt,
            _make=make,
        )

    def keeps(self, situation: Situation) -> bool:
        """Was the user assigned to something in this run before?"""
        return self._kept(situation) is not None

    def met_by(self, situation: Situation) -> CompiledRule:
        """The rule as this user meets it, if it applies."""
        kept = self._kept(situation)
        return self.giving(self._drawn(situation) if kept is None else kept)

    def giving(self, applied: Applied) -> CompiledRule:
        known = self._made.get(applied)
        if known is None:
            if len(self._made) >= MAX_REMEMBERED_WAYS:
                self._made.clear()
            known = self._made[applied] = self._make(applied)
        return known

    def ways(self) -> tuple[CompiledRule, ...]:
        """The rule held out and with each variation, even if it is given to nobody any more."""
        return tuple(map(self.giving, self.drawn))

    def _kept(self, situation: Situation) -> Applied | None:
        assignments = situation.profile.assignments
        return kept_variation(self.rule, situation.profile) if assignments else None

    def _drawn(self, situation: Situation) -> Applied:
        if self._holdout and self._bucket(situation, self._holdout_salt) < self._holdout:
            return self.drawn[0]
        return self.drawn[1 + bisect_right(self._ends, self._bucket(situation, self._salt))]

    def _bucket(self, situation: Situation, salt: str) -> float:
        number = situation.buckets.get(salt)
        return situation.hashed(salt, self.states[salt]) if number is None else number
