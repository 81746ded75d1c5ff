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
NOT_YET = " Not to be applied yet:"


def suggested_by_experiment(measured: Measured) -> Iterator[Suggestion]:
    experiment, run, results = measured.rule.content.experiment, measured.rule.run, measured.results
    if experiment is None or run is None or not run.is_running or results is None:
        return
    if results.verdict is Verdict.VOID:
        return
    harm = next(_harms(measured, experiment, results), None)
    if harm is not None:
        yield harm
        return
    yield from _concluding(measured, experiment, results)
    yield from _reallocating(measured, results)


def _harms(measured: Measured, experiment: Experiment, results: ExperimentResults) -> Iterator[Suggestion]:
    yield from _worse_than_holdout(measured, experiment)
    control = results.variations[0]
    for variation in results.variations[1:]:
        for guardrail in variation.guardrails:
            if guardrail.is_worse:
                measure = experiment.guardrails[guardrail.number].measure
                waiting = _waiting(measured, guardrail.result, control.users)
                yield Suggestion(
                    id=_id(measured, SuggestionKind.PAUSE, variation.variation),
                    kind=SuggestionKind.PAUSE,
                    rule=measured.rule,
                    text=f"Pause {_named(measured)}: “{variation.variation}” worsens guardrail {guardrail.number + 1} "
                    f"by {in_words(guardrail.result, measure, control.users, measured.days)}.{waiting}",
                    evidence={
                        "variation": variation.variation,
                        "guardrail": guardrail.number,
                        **evidence_of(guardrail.result, control.users, measured.days),
                    },
                    step=Pause(),
                    applicable=not waiting,
                )


def _worse_than_holdout(measured: Measured, experiment: Experiment) -> Iterator[Suggestion]:
    result = measured.against_holdout
    if result is None or result.comparison is None:
        return
    found = result.comparison
    is_worse = found.sequential_high < 0 if experiment.goal.increase else found.sequential_low > 0
    if is_worse:
        waiting = _waiting(measured, result, measured.held_out_users)
        yield Suggestion(
            id=_id(measured, SuggestionKind.PAUSE, "holdout"),
            kind=SuggestionKind.PAUSE,
            rule=measured.rule,
            text=f"Pause {_named(measured)}: users who got it do worse than those held out from it, by "
            f"{in_words(result, experiment.goal.measure, measured.held_out_users, measured.days)}.{waiting}",
            evidence=evidence_of(result, measured.held_out_users, measured.days),
            step=Pause(),
            applicable=not waiting,
        )


def _concluding(measured: Measured, experiment: Experiment, results: ExperimentResults) -> Iterator[Suggestion]:
    control, measure = results.variations[0], experiment.goal.measure
    targeted = None if results.verdict is Verdict.VARIATION_WINS else _best_segment(measured, experiment)
    if results.verdict is Verdict.VARIATION_WINS and results.winner is not None:
        winner = next(one for one in results.variations if one.variation == results.winner)
        yield _ending(
            measured,
            SuggestionKind.ROLL_OUT,
            winner,
            f"Roll out “{winner.variation}” of {_named(measured)} to everybody the rule is for: it beats "
            f"“{control.variation}” by {in_words(winner.goal, measure, control.users, measured.days)}.",
        )
    elif targeted is not None:
        yield _targeting(measured, experiment, targeted)
    elif results.verdict in {Verdict.CONTROL_WINS, Verdict.NO_DIFFERENCE}:
        closest = max(results.variations[1:], key=lambda one: one.users, default=control)
        why = "every variation is worse" if results.verdict is Verdict.CONTROL_WINS else "no difference that matters"
        yield _ending(
            measured,
            SuggestionKind.CONCLUDE,
            closest,
            f"Conclude {_named(measured)} with “{control.variation}”: {why}, "
            f"{in_words(closest.goal, measure, control.users, measured.days)}.",
        )


def _ending(measured: Measured, kind: SuggestionKind, shown: VariationResult, text: str) -> Suggestion:
    results, experiment = measured.results, measured.rule.content.experiment
    control = results.variations[0] if results is not None else shown
    kept = shown if kind is SuggestionKind.ROLL_OUT or experiment is None else control
    waiting = _waiting(measured, shown.goal, control.users)
    return Suggestion(
        id=_id(measured, kind, kept.variation),
        kind=kind,
        rule=measured.rule,
        text=f"{text}{waiting}",
        evidence={"variation": shown.variation, **evidence_of(shown.goal, control.users, measured.days)},
        step=Conclude(kept.variation),
        applicable=not waiting,
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


def _targeting(measured: Measured, experiment: Experiment, effect: SegmentEffect) -> Suggestion:
    others, told = effect.outside.users, in_words(effect.inside, experiment.goal.measure, 0, measured.days)
    waiting = _waiting(measured, effect.inside, min(effect.inside.users, others))
    return Suggestion(
        id=_id(measured, SuggestionKind.TARGET_SEGMENT, f"{effect.segment}/{effect.variation}"),
        kind=SuggestionKind.TARGET_SEGMENT,
        rule=measured.rule,
        text=f"Let {_named(measured)} apply in segment {effect.segment} only, with “{effect.variation}”: there it "
        f"beats “{experiment.control.key}” by {told}, elsewhere it does not.{waiting}",
        evidence={
            "segment": effect.segment,
            "variation": effect.variation,
            "adjustedPValue": effect.adjusted_p_value,
            "elsewhere": evidence_of(effect.outside, others, measured.days),
            **evidence_of(effect.inside, effect.inside.users, measured.days),
        },
        step=Target(effect.segment, effect.variation),
        applicable=not waiting,
        segment=effect.segment,
    )


def _reallocating(measured: Measured, results: ExperimentResults) -> Iterator[Suggestion]:
    run, following = measured.rule.run, measured.next_allocation
    if run is None or following is None or following == run.allocation or results.winner is not None:
        return
    experiment = measured.rule.content.experiment
    waiting = _waiting_for(measured, is_enough=min(one.users for one in results.variations) >= LEAST_USERS)
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
        f"{results.exposed_users:,} users in {measured.days} days.{waiting}",
        evidence={
            "users": results.exposed_users,
            "days": measured.days,
            "allocation": [*run.allocation],
            "nextAllocation": [*following],
        },
        step=Reallocate(following),
        applicable=not waiting,
    )


def _waiting(measured: Measured, result: GoalResult, others: int) -> str:
    """What has to happen before it is applied, as a further sentence; "" if nothing."""
    return _waiting_for(measured, is_enough=result.is_enough and min(result.users, others) >= LEAST_USERS)


def _waiting_for(measured: Measured, *, is_enough: bool) -> str:
    if not is_enough:
        return f"{NOT_YET} the users are too few."
    return "" if measured.has_run_a_window else f"{NOT_YET} the first user has not had all the days of the goal."


def _named(measured: Measured) -> str:
    return f"“{measured.rule.content.name}”"


def _id(measured: Measured, kind: SuggestionKind, detail: str) -> str:
    rule = measured.rule
    return f"{kind}:{rule.id}:{rule.revision}:{detail}"
