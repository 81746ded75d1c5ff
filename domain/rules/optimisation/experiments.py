"""What does a running experiment suggest?

Nothing is applicable before every side that is compared has `LEAST_USERS`, and before the first user has had the
goal's whole window: a verdict is then valid however often it was looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.model.experiment_results import Verdict
from domain.model.suggestions import Conclude, Pause, Reallocate, Suggestion, SuggestionKind, Target
from domain.rules.optimisation.measurements import LEAST_USERS, evidence_of, in_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.model.experiment_results import ExperimentResults, GoalResult, VariationResult
    from domain.model.experiments import Experiment
    from domain.rules.optimisation.measurements import Measured, SegmentEffect

SIGNIFICANT = 0.05


def suggested_by_experiment(measured: Measured) -> Iterator[Suggestion]:
    experiment, run, results = measured.rule.content.experiment, measured.rule.run, measured.results
    if experiment is None or run is None or not run.is_running or results is None:
        return
    if results.verdict is Verdict.VOID:
        return
    harm = next(_harms(measured, results), None)
    if harm is not None:
        yield harm
        return
    yield from _concluding(measured, experiment, results)
    yield from _reallocating(measured, results)


def _harms(measured: Measured, results: ExperimentResults) -> Iterator[Suggestion]:
    yield from _worse_than_holdout(measured)
    control = results.variations[0]
    for variation in results.variations[1:]:
        for guardrail in variation.guardrails:
            if guardrail.is_worse:
                yield Suggestion(
                    id=_id(measured, SuggestionKind.PAUSE, variation.variation),
                    kind=SuggestionKind.PAUSE,
                    rule=measured.rule,
                    text=f"Pause {_named(measured)}: “{variation.variation}” worsens guardrail {guardrail.number + 1} "
                    f"by {in_words(guardrail.result, control.users, measured.days)}.",
                    evidence={
                        "variation": variation.variation,
                        "guardrail": guardrail.number,
                        **evidence_of(guardrail.result, control.users, measured.days),
                    },
                    step=Pause(),
                    applicable=_is_enough(measured, guardrail.result, control.users),
                )


def _worse_than_holdout(measured: Measured) -> Iterator[Suggestion]:
    result, experiment = measured.against_holdout, measured.rule.content.experiment
    if result is None or result.comparison is None or experiment is None:
        return
    found = result.comparison
    is_worse = found.sequential_high < 0 if experiment.goal.increase else found.sequential_low > 0
    if is_worse:
        yield Suggestion(
            id=_id(measured, SuggestionKind.PAUSE, "holdout"),
            kind=SuggestionKind.PAUSE,
            rule=measured.rule,
            text=f"Pause {_named(measured)}: users who got it do worse than those held out from it, by "
            f"{in_words(result, measured.held_out_users, measured.days)}.",
            evidence=evidence_of(result, measured.held_out_users, measured.days),
            step=Pause(),
            applicable=_is_enough(measured, result, measured.held_out_users),
        )


def _concluding(measured: Measured, experiment: Experiment, results: ExperimentResults) -> Iterator[Suggestion]:
    control = results.variations[0]
    targeted = None if results.verdict is Verdict.VARIATION_WINS else _best_segment(measured, experiment)
    if results.verdict is Verdict.VARIATION_WINS and results.winner is not None:
        winner = next(one for one in results.variations if one.variation == results.winner)
        yield _ending(
            measured,
            SuggestionKind.ROLL_OUT,
            winner,
            f"Roll out “{winner.variation}” of {_named(measured)} to everybody the rule is for: it beats "
            f"“{control.variation}” by {in_words(winner.goal, control.users, measured.days)}.",
        )
    elif targeted is not None:
        yield _targeting(measured, targeted, control.variation)
    elif results.verdict in {Verdict.CONTROL_WINS, Verdict.NO_DIFFERENCE}:
        closest = max(results.variations[1:], key=lambda one: one.users, default=control)
        why = "every variation is worse" if results.verdict is Verdict.CONTROL_WINS else "no difference that matters"
        yield _ending(
            measured,
            SuggestionKind.CONCLUDE,
            closest,
            f"Conclude {_named(measured)} with “{control.variation}”: {why}, "
            f"{in_words(closest.goal, control.users, measured.days)}.",
        )


def _ending(measured: Measured, kind: SuggestionKind, shown: VariationResult, text: str) -> Suggestion:
    results, experiment = measured.results, measured.rule.content.experiment
    control = results.variations[0] if results is not None else shown
    kept = shown if kind is SuggestionKind.ROLL_OUT or experiment is None else control
    return Suggestion(
        id=_id(measured, kind, kept.variation),
        kind=kind,
        rule=measured.rule,
        text=text,
        evidence={"variation": shown.variation, **evidence_of(shown.goal, control.users, measured.days)},
        step=Conclude(kept.variation),
        applicable=_is_enough(measured, shown.goal, control.users),
    )


def _best_segment(measured: Measured, experiment: Experiment) -> SegmentEffect | None:
    """Where the effect is surely there, and surely larger than elsewhere, where none is known."""
    sure = [effect for effect in measured.segments if _is_only_inside(effect, increase=experiment.goal.increase)]
    return min(sure, key=lambda effect: (effect.adjusted_p_value, effect.segment), default=None)


def _is_only_inside(effect: SegmentEffect, *, increase: bool) -> bool:
    inside, outside = effect.inside.comparison, effect.outside.comparison
    if inside is None or outside is None or effect.adjusted_p_value >= SIGNIFICANT:
        return False
    if increase:
        return inside.sequential_low > max(0.0, outside.sequential_high) and outside.sequential_low <= 0
    return inside.sequential_high < min(0.0, outside.sequential_low) and outside.sequential_high >= 0


def _targeting(measured: Measured, effect: SegmentEffect, control: str) -> Suggestion:
    others = effect.outside.users
    return Suggestion(
        id=_id(measured, SuggestionKind.TARGET_SEGMENT, f"{effect.segment}/{effect.variation}"),
        kind=SuggestionKind.TARGET_SEGMENT,
        rule=measured.rule,
        text=f"Let {_named(measured)} apply in segment {effect.segment} only, with “{effect.variation}”: there it "
        f"beats “{control}” by {in_words(effect.inside, 0, measured.days)}, elsewhere it does not.",
        evidence={
            "segment": effect.segment,
            "variation": effect.variation,
            "adjustedPValue": effect.adjusted_p_value,
            "elsewhere": evidence_of(effect.outside, others, measured.days),
            **evidence_of(effect.inside, effect.inside.users, measured.days),
        },
        step=Target(effect.segment, effect.variation),
        applicable=_is_enough(measured, effect.inside, min(effect.inside.users, others)),
        segment=effect.segment,
    )


def _reallocating(measured: Measured, results: ExperimentResults) -> Iterator[Suggestion]:
    run, following = measured.rule.run, measured.next_allocation
    if run is None or following is None or following == run.allocation or results.winner is not None:
        return
    experiment = measured.rule.content.experiment
    keys = [variation.key for variation in experiment.variations] if experiment is not None else []
    moved = ", ".join(
        f"“{key}” from {before:.0%} to {after:.0%}"
        for key, before, after in zip(keys, run.allocation, following, strict=True)
        if before != after
    )
    yield Suggestion(
        id=_id(measured, SuggestionKind.REALLOCATE, "/".join(f"{share:.4f}" for share in following)),
        kind=SuggestionKind.REALLOCATE,
        rule=measured.rule,
        text=f"Give new users of {_named(measured)} other shares: {moved}, the chances of being the best on "
        f"{results.exposed_users:,} users in {measured.days} days.",
        evidence={
            "users": results.exposed_users,
            "days": measured.days,
            "allocation": [*run.allocation],
            "nextAllocation": [*following],
        },
        step=Reallocate(following),
        applicable=measured.has_run_a_window and min(one.users for one in results.variations) >= LEAST_USERS,
    )


def _is_enough(measured: Measured, result: GoalResult, others: int) -> bool:
    return measured.has_run_a_window and result.is_enough and min(result.users, others) >= LEAST_USERS


def _named(measured: Measured) -> str:
    return f"“{measured.rule.content.name}”"


def _id(measured: Measured, kind: SuggestionKind, detail: str) -> str:
    rule = measured.rule
    return f"{kind}:{rule.id}:{rule.revision}:{detail}"
