"""What becomes of each rule when definitions are imported?

Rules are recognised by their keys. One that is there keeps its id, its age, what it holds of its exclusion group and -
unless the import says otherwise - its status and its salt.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from domain.errors import Problem, Refused
from domain.model.rules import MAX_LIVING_RULES, Rule, RuleChangeKind, RuleId, RuleRevision, RuleStatus
from domain.rules.comparisons import is_written_alike
from domain.rules.documents import content_document
from domain.rules.documents.rule_sets import told
from domain.rules.exclusion_groups import buckets_needed, buckets_of, first_of, holding_its_share, size
from domain.rules.experiment_changes import check_windows, with_content, with_status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from domain.model.definitions import RuleDefinition
    from domain.model.rules import BucketSpan, RuleKey
    from domain.model.users import UserId

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Authorship:
    """Who imports, when, where the ids of new rules come from, and how long this engine keeps interactions."""

    author: UserId
    now: datetime
    new_id: Callable[[], str]
    retention: timedelta | None = None


class RuleStep(NamedTuple):
    """One rule that is changed; `before` is `None` for a new one, `wish` the buckets that it held elsewhere."""

    kind: RuleChangeKind
    before: Rule | None
    after: Rule
    wish: tuple[BucketSpan, ...] = ()

    @property
    def revision(self) -> RuleRevision:
        return RuleRevision(self.after, self.kind)


def rule_steps(
    wanted: Sequence[RuleDefinition], stored: Iterable[Rule], by: Authorship, *, prune: bool
) -> tuple[RuleStep, ...]:
    """The rules to store, by key, so that whatever they compete for goes to the same ones every time.

    Raises `Refused` when an exclusion group is overfull, or when there were too many rules.
    """
    living: Mapping[RuleKey, Rule] = {rule.content.key: rule for rule in stored}
    ordered = sorted(wanted, key=lambda rule: rule.content.key)
    ages = (by.now - _MICROSECOND * younger for younger in range(len(ordered), 0, -1))
    positions = {rule.content.key: index for index, rule in enumerate(wanted)}
    problems: list[Problem] = []
    planned: list[RuleStep | None] = []
    for rule, age in zip(ordered, ages, strict=True):
        with _collecting(problems, positions[rule.content.key]):
            planned.append(_planned(living.get(rule.content.key), rule, age, by))
    if problems:
        raise Refused(told(problems))
    named = {rule.content.key for rule in wanted}
    gone = [_archiving(rule, by.now) for key, rule in living.items() if key not in named] if prune else []
    steps = sorted((*filter(None, planned), *gone), key=lambda step: step.after.content.key)
    _refuse_too_many(steps, living)
    return tuple(_stamped(step, by) for step in _with_shares(steps, living.values(), positions))


@contextmanager
def _collecting(problems: list[Problem], position: int) -> Iterator[None]:
    """What is refused about one of the wanted rules is added to the problems, with where that rule stands."""
    try:
        yield
    except Refused as refused:
        problems += [problem.within("rules", str(position)) for problem in refused.problems]


def is_same_rule(before: Rule, after: Rule) -> bool:
    """Would storing it change nothing?"""
    outer = (before.status, before.salt, before.run) == (after.status, after.salt, after.run)
    return outer and is_written_alike(content_document(before.content), content_document(after.content))


def _planned(before: Rule | None, wanted: RuleDefinition, age: datetime, by: Authorship) -> RuleStep | None:
    """`None` when there is nothing to do."""
    if before is None:
        check_windows(wanted.content, by.retention)
        return RuleStep(RuleChangeKind.CREATED, None, _new(wanted, age, by), wanted.held)
    status, salt = wanted.status or before.status, wanted.salt or before.salt
    after = replace(with_status(_with_content(before, wanted), status, by.now), salt=salt)
    if is_same_rule(before, after):
        return None
    check_windows(after.content, by.retention)
    only_status = is_same_rule(replace(before, status=status), after)
    return RuleStep(RuleChangeKind.STATUS_CHANGED if only_status else RuleChangeKind.UPDATED, before, after)


def _with_content(before: Rule, wanted: RuleDefinition) -> Rule:
    """With another run, everything begins anew; while the same one goes on, what would spoil it is refused."""
    is_another = wanted.run is not None and before.run is not None and wanted.run.number != before.run.number
    after = replace(before, content=wanted.content) if is_another else with_content(before, wanted.content)
    return replace(after, run=wanted.run or after.run)


def _new(wanted: RuleDefinition, age: datetime, by: Authorship) -> Rule:
    """Those whose age is not known are a microsecond apart: age decides between equals, never chance."""
    created_at = min(wanted.created_at or age, by.now)
    return Rule(
        id=RuleId(by.new_id()),
        salt=wanted.salt or wanted.content.key,
        status=wanted.status or RuleStatus.DRAFT,
        revision=0,
        content=wanted.content,
        created_at=created_at,
        updated_at=created_at,
        updated_by=by.author,
        run=wanted.run,
    )


def _archiving(rule: Rule, now: datetime) -> RuleStep:
    return RuleStep(RuleChangeKind.DELETED, rule, with_status(rule, RuleStatus.ARCHIVED, now))


def _stamped(step: RuleStep, by: Authorship) -> RuleStep:
    after = step.after
    updated_at = max(by.now, after.updated_at)
    return step._replace(after=replace(after, revision=after.revision + 1, updated_at=updated_at, updated_by=by.author))


def _refuse_too_many(steps: Iterable[RuleStep], living: Mapping[RuleKey, Rule]) -> None:
    kinds = [step.kind for step in steps]
    count = len(living) + kinds.count(RuleChangeKind.CREATED) - kinds.count(RuleChangeKind.DELETED)
    if count > MAX_LIVING_RULES:
        message = f"at most {MAX_LIVING_RULES:,} rules with those that are there, not {count:,}: prune, or delete some"
        raise Refused.because("TOO_MANY", message, "rules")


def _with_shares(
    steps: Sequence[RuleStep], stored: Iterable[Rule], positions: Mapping[RuleKey, int]
) -> Sequence[RuleStep]:
    """Each rule with what it holds of its exclusion group.

    First everybody keeps their own and new rules get what they held elsewhere, where it is free; then, in turn, who
    needs more takes what is left.
    """
    changing = {step.after.id for step in steps}
    groups = _Groups()
    for rule in stored:
        if rule.id not in changing:
            groups.join(rule)
    kept = [step._replace(after=replace(step.after, held=_kept(step))) for step in steps]
    for step in kept:
        groups.join(step.after)
    wished = [step._replace(after=groups.granted(step.after, step.wish)) for step in kept]
    problems: list[Problem] = []
    sharing = []
    for step in wished:
        with _collecting(problems, positions.get(step.after.content.key, 0)):
            sharing.append(step._replace(after=groups.satisfied(step.after)))
    if problems:
        raise Refused(told(problems))
    return sharing


def _kept(step: RuleStep) -> tuple[BucketSpan, ...]:
    """What remains of what the rule has held in its group until now."""
    before, after = step.before, step.after
    if before is None or before.content.exclusion_group != after.content.exclusion_group:
        return ()
    return first_of(before.held, buckets_needed(after, before.held))


class _Groups:
    """The living rules of every exclusion group, with what they hold so far."""

    def __init__(self) -> None:
        self._groups: defaultdict[str, dict[RuleId, Rule]] = defaultdict(dict)

    def join(self, rule: Rule) -> Rule:
        """Take the place of the rule as it was; whoever is in no group, or archived, is in none here."""
        group = rule.content.exclusion_group
        if group is None or rule.status is RuleStatus.ARCHIVED:
            return replace(rule, held=())
        self._groups[group][rule.id] = rule
        return rule

    def granted(self, rule: Rule, wish: tuple[BucketSpan, ...]) -> Rule:
        """The rule with the buckets it wishes for, if nobody holds any of them."""
        if not wish or _overlap(wish, (span for other in self._others(rule) for span in other.held)):
            return self.join(rule)
        return self.join(replace(rule, held=first_of(wish, buckets_needed(rule, wish))))

    def satisfied(self, rule: Rule) -> Rule:
        """The rule with its whole share. Raises `Refused` when there is too little left."""
        if rule.content.exclusion_group is None or rule.status is RuleStatus.ARCHIVED:
            return rule
        if size(rule.held) >= buckets_of(rule.content.coverage):
            return rule
        return self.join(replace(rule, held=holding_its_share(rule, self._others(rule), rule.held)))

    def _others(self, rule: Rule) -> Sequence[Rule]:
        group = self._groups.get(rule.content.exclusion_group or "", {})
        return [other for other in group.values() if other.id != rule.id]


def _overlap(spans: tuple[BucketSpan, ...], others: Iterable[BucketSpan]) -> bool:
    return any(span.start < other.end and other.start < span.end for other in others for span in spans)
