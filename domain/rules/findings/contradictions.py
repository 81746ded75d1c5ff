"""Can a rule never apply, and which of its demands exclude each other?

Complete for conditions made of `all`, `any` and `not` over places, devices, skills, local times, confidences in a
segment, ranges of a measure, equalities of a trait and comparisons with numbers: all of these that contradict
themselves are found (unless deciding takes too many steps). What patterns or versions exclude is not seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.model.conditions import AllOf, Always
from domain.model.findings import Finding, FindingKind
from domain.rules.findings.formulas import Every
from domain.rules.findings.subjects import is_impossible
from domain.rules.findings.translations import places_formula, translated, windows_formula
from domain.rules.sentences import condition_text, window_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.model.conditions import Condition
    from domain.model.rules import RuleContent
    from domain.rules.findings.formulas import Formula

MAX_BLAMED = 5
"""More demands than this are not quoted."""


@dataclass(frozen=True, slots=True)
class _Demand:
    words: str
    formula: Formula


def contradiction(content: RuleContent) -> Finding | None:
    demands = list(_demands(content))
    if not is_impossible(_all(demands)):
        return None
    return Finding(FindingKind.NEVER_TRUE, _text(_culprits(demands), content))


def _demands(content: RuleContent) -> Iterator[_Demand]:
    if content.places:
        yield _Demand(f"only at {', '.join(sorted(content.places))}", places_formula(content.places))
    if windows := content.schedule.windows:
        words = f"scheduled {' or '.join(map(window_text, windows))}"
        yield _Demand(words, windows_formula(windows))
    for condition in _conjuncts(content.condition):
        yield _Demand(condition_text(condition), translated(condition))


def _conjuncts(condition: Condition) -> Iterator[Condition]:
    if isinstance(condition, AllOf):
        for part in condition.conditions:
            yield from _conjuncts(part)
    else:
        yield condition


def _all(demands: list[_Demand]) -> Formula:
    return Every(tuple(demand.formula for demand in demands))


def _culprits(demands: list[_Demand], given: list[_Demand] | None = None, *, is_news: bool = False) -> list[_Demand]:
    """So few of the demands that they exclude each other, and any fewer of them would not.

    QuickXplain (U. Junker, AAAI 2004): halves are left out as a whole. `demands` and `given` together are impossible;
    `is_news`: `given` has grown, so it may be impossible by now without any of the demands.
    """
    given = given or []
    if is_news and is_impossible(_all(given)):
        return []
    if len(demands) == 1:
        return demands
    earlier, later = demands[: len(demands) // 2], demands[len(demands) // 2 :]
    late = _culprits(later, [*given, *earlier], is_news=True)
    early = _culprits(earlier, [*given, *late], is_news=bool(late))
    return [*early, *late]


def _text(culprits: list[_Demand], content: RuleContent) -> str:
    quoted = [f"“{culprit.words}”" for culprit in culprits]
    if content.condition == Always(value=False):
        return "The condition is “never”, so the rule never applies: say for whom it is, or archive it."
    if len(quoted) == 1:
        return f"{quoted[0]} is true of nobody, so the rule never applies: correct it, or remove it."
    if len(quoted) > MAX_BLAMED:
        return "The conditions exclude each other, so the rule never applies: remove some of them."
    return (
        f"{', '.join(quoted[:-1])} and {quoted[-1]} are never true together, so the rule never applies: "
        f"change or remove {'one' if len(quoted) == 2 else 'some'} of them."  # noqa: PLR2004
    )
