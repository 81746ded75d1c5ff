"""What is told of an experiment?"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from domain.statistics.questions import Looks, Outcome
from domain.statistics.words import amounts, chance, p_value_told, range_told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from app.experiments.analyses import Analysis
    from domain.model.experiment_results import GoalResult
    from domain.statistics.questions import Question

NOTHING = "-"


def results_of(analysis: Analysis) -> Iterator[tuple[str, Question, list[tuple[str, GoalResult]]]]:
    """Yield what each outcome is here, its question, and its result in every variation."""
    guardrails = len(analysis.request.guardrails)
    for number, question in enumerate(analysis.questions):
        source, place = analysis.results, number - 1
        role = "goal" if number == 0 else "guardrail"
        if number > guardrails:
            source, place, role = analysis.besides, number - guardrails - 1, "outcome"
        yield (
            role,
            question,
            [
                (each.variation, each.goal if number == 0 else each.guardrails[place].result)
                for each in source.variations
            ],
        )


def as_json(analysis: Analysis) -> dict[str, Any]:
    """Give everything as one document; what does not exist is null."""
    results = analysis.results
    return {
        "verdict": results.verdict,
        "verdict_text": results.verdict_text,
        "winner": results.winner,
        "exposed_users": results.exposed_users,
        "sample_ratio_p_value": results.sample_ratio_p_value,
        "sample_ratio_mismatch": results.sample_ratio_mismatch,
        "outcomes": [
            {
                "role": role,
                "column": question.name,
                "kind": question.outcome.lower(),
                "increase": question.increase,
                "cap": analysis.caps.get(question.name),
                "variations": [{"variation": name, **asdict(result)} for name, result in rows],
            }
            for role, question, rows in results_of(analysis)
        ],
        "invariants": [asdict(each) for each in analysis.invariants],
        "lines": analysis.table.lines,
        "left_out": {"empty": analysis.table.empty, "in_several_variations": analysis.table.strays},
    }


def as_table(analysis: Analysis) -> Iterator[RenderableType]:
    """Yield what rich prints: each outcome, the checks of the split, and what follows."""
    for role, question, rows in results_of(analysis):
        yield Text(_heading(role, question, analysis))
        yield _outcome_table(role, question, rows, analysis)
        for name, result in rows:
            if result.absent:
                yield Text(f"{name}: {result.absent}.")
            elif result.comparison and result.comparison.variance_reduction is not None:
                yield Text(f"{name}: {result.comparison.variance_reduction * 100:.1f} % of variance was there before.")
        yield ""
    yield from _checks(analysis)
    yield ""
    # What files say is shown as it is, never read as markup.
    yield Text(f"{analysis.results.verdict}: {analysis.results.verdict_text}")


def _heading(role: str, question: Question, analysis: Analysis) -> str:
    wanted = "" if question.increase else ", less is better"
    cap = analysis.caps.get(question.name)
    limited = "" if cap is None else f", at most {cap:g} of each user"
    return f"{role} {question.name} ({question.outcome.lower()}{wanted}{limited})"


def _outcome_table(role: str, question: Question, rows: list[tuple[str, GoalResult]], analysis: Analysis) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1))
    is_rate = question.outcome is Outcome.RATE
    table.add_column("variation", no_wrap=True)
    headings = (
        *("users", question.outcome.lower(), "difference in points" if is_rate else "difference", "relative in %"),
        *("p" if _together(role, len(rows) - 1, analysis) == 1 else "adjusted p", "chance"),
    )
    for name in headings:
        table.add_column(name, justify="right", no_wrap=True)
    for name, result in rows:
        table.add_row(Text(name), *_cells(question, result, analysis))
    return table


def _together(role: str, variations: int, analysis: Analysis) -> int:
    """How many comparisons their p-values were adjusted for."""
    asked = {"goal": 1, "guardrail": len(analysis.request.guardrails), "outcome": len(analysis.request.outcomes) - 1}
    return variations * asked[role]


def _cells(question: Question, result: GoalResult, analysis: Analysis) -> list[str]:
    tell = amounts(question.outcome)
    cells = [f"{result.users:,}", tell.level(result.mean)]
    comparison, lift = result.comparison, result.lift
    if comparison is None:
        return cells + [NOTHING] * 4
    once = analysis.request.design.looks is Looks.ONCE
    bounds = (comparison.low, comparison.high) if once else (comparison.sequential_low, comparison.sequential_high)
    relative = NOTHING
    if lift is not None:
        shares = (lift.low, lift.high) if once else (lift.sequential_low, lift.sequential_high)
        relative = range_told(lift.relative, *shares).replace(" %", "")
    return [
        *cells,
        tell.difference(comparison.difference, *bounds).replace(" points", ""),
        relative,
        p_value_told(comparison.adjusted_p_value).removeprefix("p ").removeprefix("= "),
        chance(comparison.chance_to_win),
    ]


def _checks(analysis: Analysis) -> Iterator[Text]:
    yield Text(f"split of users: {p_value_told(analysis.results.sample_ratio_p_value)}")
    for each in analysis.invariants:
        counts = " : ".join(f"{count:,}" for count in each.counts)
        yield Text(f"split of {each.column}: {counts}, {p_value_told(each.p_value)}")
    left_out = {
        "rows without a value": analysis.table.empty,
        "users seen in several variations": analysis.table.strays,
    }
    told = [f"{count:,} {what}" for what, count in left_out.items() if count]
    yield from ([Text(f"left out: {', '.join(told)}")] if told else [])
