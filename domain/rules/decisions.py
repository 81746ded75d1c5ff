"""Which config does a user get at a place now, and until when does it hold?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from domain.model.catalogues import HOLDOUT_SALT
from domain.model.configs import ConfigSource
from domain.rules.assembly import assemble
from domain.rules.buckets import salted
from domain.rules.defaults import default_config
from domain.rules.instants import FOREVER_US, instant_or_never
from domain.rules.rule_sets import rank, rule_applies
from domain.rules.situations import Situation
from domain.rules.slots import ParameterWish, Part
from domain.rules.suggestions import with_suggestions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from domain.model.configs import Config, Slot
    from domain.model.contexts import Context
    from domain.model.profiles import Profile
    from domain.rules.rule_sets import CompiledRule, RuleChange, RuleSet

_ABSENT = object()
_HOLDOUT_STATE = salted(HOLDOUT_SALT)

__all__ = [
    "applied",
    "by_usage",
    "changed_slots",
    "concerns",
    "decide",
    "default_config",
    "is_held_out",
    "rule_applies",
]


def decide(rule_set: RuleSet, profile: Profile, context: Context, now: datetime) -> Config:
    """The config of one user in one context: a pure function of its arguments.

    It holds until the first instant at which the schedule or the condition of any rule at the place could change its
    answer by time alone. Who opted out gets the defaults, for good and without decisions; who is held out of
    everything, what they prefer themselves. What models suggest is added for each user.
    """
    place = context.place if context.place in rule_set.places_with_defaults else ""
    base = rule_set.remember(place, lambda: default_config(rule_set.catalogue, place, now, ConfigSource.DECIDED))
    if not profile.choice.enabled:
        return replace(base, decided_at=now)
    situation = Situation(profile, context, now)
    if rule_set.catalogue.holdout and is_held_out(rule_set, situation):
        own = (place, (), profile.preferences, base.navigation)
        kept = rule_set.remember(own, lambda: assemble(base, (), profile.preferences, base.navigation))
        return kept.decided_anew(now, None)
    rules, holds_until_us = applied(rule_set, situation)
    usual = by_usage(base.navigation, profile) if any(rule.orders_by_usage for rule in rules) else base.navigation
    config = rule_set.remember(
        (place, rules, profile.preferences, usual),
        lambda: assemble(base, rules, profile.preferences, usual),
    )
    return with_suggestions(config, profile).decided_anew(now, instant_or_never(holds_until_us))


def is_held_out(rule_set: RuleSet, situation: Situation) -> bool:
    """Is the user kept from all rules, to measure what they gain?"""
    holdout = rule_set.catalogue.holdout
    if not holdout:
        return False
    bucket = situation.buckets.get(HOLDOUT_SALT)
    return (situation.hashed(HOLDOUT_SALT, _HOLDOUT_STATE) if bucket is None else bucket) < holdout


def by_usage(navigation: tuple[str, ...], profile: Profile) -> tuple[str, ...]:
    """By the user's visits, most first; equally visited items keep their order."""
    visits = profile.history.sections
    return tuple(sorted(navigation, key=lambda item: -visits.get(item, 0)))


def applied(rule_set: RuleSet, situation: Situation) -> tuple[tuple[CompiledRule, ...], int]:
    """The rules that apply, in order, and until when exactly these do; one on trial as the user meets it."""
    found: set[CompiledRule] = set()
    until_us = FOREVER_US
    is_new = len(situation.buckets) <= (HOLDOUT_SALT in situation.buckets)
    for rule in rule_set.candidates(situation):
        predicate = rule.predicate
        holds = rule.is_met if is_new else predicate.holds
        if holds(situation):
            found.add(rule)
        if predicate.changes_us is not None:
            until_us = min(until_us, predicate.changes_us(situation))
    if is_new:
        found = _covering(found, situation)
    if rule_set.tried:
        found = {rule if rule.trial is None else rule.trial.met_by(situation) for rule in found}
    return tuple(sorted(found, key=rank)), until_us


def concerns(change: RuleChange, situation: Situation) -> bool:
    """Could the change make a difference to the user now? Not if a trial gives the same, only with other odds."""
    before, after = (None if rule is None else _met(rule, situation) for rule in change)
    if before is None or after is None:
        return before is not after
    return before.applied is None or after.applied is None or _essence(before) != _essence(after)


def _met(rule: CompiledRule, situation: Situation) -> CompiledRule | None:
    """The rule as the user meets it, if it applies."""
    if not rule_applies(rule, situation):
        return None
    return rule if rule.trial is None else rule.trial.met_by(situation)


def _essence(met: CompiledRule) -> tuple[object, ...]:
    """What matters of it to whoever it applies to: not its share of the users, nor those of its variations."""
    run = met.trial.run if met.trial is not None else None
    return run, met.variation, met.claims, met.rank, replace(met.rule.content, experiment=None, coverage=1.0)


def _covering(rules: set[CompiledRule], situation: Situation) -> set[CompiledRule]:
    """Those of the rules that are for the user, of whom nothing is hashed yet: it is hashed for all of them at once."""
    states = {rule.coverage.salt: rule.coverage.state for rule in rules if rule.coverage is not None}
    for rule in rules:
        if rule.trial is not None:
            states.update(rule.trial.states)
    if not states:
        return rules
    hashed = situation.hashed_at_once(states)
    return {
        rule
        for rule in rules
        if rule.coverage is None
        or rule.coverage.contains(hashed[rule.coverage.salt])
        or (rule.coverage.keeps is not None and rule.coverage.keeps(situation))
    }


def changed_slots(before: Config, after: Config) -> tuple[Slot, ...]:
    """The slots in which two configs show something different, sorted.

    Only what is shown counts, not who decided it. Where the items that stay in a list change their order, they all
    count.
    """
    changed: set[Slot] = set()
    for part, shown in _SHOWN.items():
        first, second = shown(before), shown(after)
        changed.update(
            part.slot(key) for key in {*first, *second} if first.get(key, _ABSENT) != second.get(key, _ABSENT)
        )
        stayed = [key for key in first if key in second]
        if stayed != [key for key in second if key in first]:
            changed.update(map(part.slot, stayed))
    return tuple(sorted(changed))


_SHOWN: Mapping[Part, Callable[[Config], Mapping[str, object]]] = {
    Part.THEME: lambda config: {"": config.theme_mode},
    Part.DENSITY: lambda config: {"": config.density},
    Part.FEATURE: lambda config: {state.key: state for state in config.features},
    Part.NAVIGATION: lambda config: {"": config.navigation},
    Part.SHORTCUT: lambda config: dict.fromkeys(config.shortcuts),
    Part.CONTENT: lambda config: {**dict.fromkeys(config.include, True), **dict.fromkeys(config.exclude, False)},
    Part.DIFFICULTY: lambda config: {"": config.difficulty},
    Part.RECOMMENDATION: lambda config: {hint.feature: hint for hint in config.recommendations},
    Part.PARAMETER: lambda config: {key: ParameterWish(value) for key, value in config.parameters.items()},
}
