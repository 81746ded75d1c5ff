"""How are trained models and trainings told to people at a terminal?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from domain.model.trained_models import Drift, DriftLevel, RegisteredModel, Standing, Training, TrainingResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from domain.model.insights import ModelCard, ModelQuality, ModelTask
    from prediction.training.jobs import Result
    from prediction.training.plans import Plan
    from prediction.training.surveys import Survey

RESULTS = {
    TrainingResult.SWITCHED: Text("in use", "green"),
    TrainingResult.KEPT_AS_CANDIDATE: Text("kept as candidate", "yellow"),
    TrainingResult.REFUSED: Text("refused", "yellow"),
    TrainingResult.FAILED: Text("broke", "bold red"),
}
STANDINGS = {
    Standing.IN_USE: Text("in use", "green"),
    Standing.PREVIOUS: Text("previous"),
    Standing.CANDIDATE: Text("candidate", "dim"),
    Standing.REFUSED: Text("refused", "bold red"),
}
LEVELS = {DriftLevel.STABLE: "green", DriftLevel.MOVING: "yellow", DriftLevel.DRIFTED: "bold red"}


def survey_told(survey: Survey, plan: Plan) -> str:
    """How much there was to train on, and which horizon that gave."""
    since, until = survey.first_received_at, survey.last_received_at
    when = "" if since is None or until is None else f", received from {since:%Y-%m-%d} to {until:%Y-%m-%d}"
    return f"{survey.users:,} users, {survey.interactions:,} interactions{when}. {plan.explanation}"


def results_told(results: Iterable[Result]) -> Iterable[Text]:
    """What came of each task, with the quality of its model beside the baseline's."""
    for result in results:
        artifact = result.artifact
        if artifact is None:
            yield _heading(result.task, RESULTS[result.result])
            yield _indented(result.message)
            continue
        card = artifact.manifest.card
        size = f"{card.training_rows:,} rows, {max(1, sum(map(len, artifact.parts.values())) >> 10):,} KiB"
        yield _heading(card.task, RESULTS[result.result], card.version, size)
        if card.quality:
            yield _qualities(card.quality)
        yield _indented(". ".join(filter(None, (result.message, _note(card)))))


def models_told(models: Iterable[RegisteredModel]) -> Iterable[Text]:
    """Every stored model: what it is now, how good it was, and how far its population has moved since."""
    for registered in models:
        card = registered.manifest.card
        trained = f"trained {card.trained_at:%Y-%m-%d %H:%M}"
        yield _heading(card.task, STANDINGS[registered.standing], card.version, trained)
        if card.quality:
            yield _qualities(card.quality)
        if registered.standing is Standing.IN_USE and registered.manifest.reference is not None:
            yield Text.assemble("  drift: ", _drift(registered.drift))
        if note := " ".join(filter(None, (registered.remark, _note(card)))):
            yield _indented(note)


def trainings_told(trainings: Sequence[Training]) -> Iterable[str]:
    """What the latest trainings, newest first, did not bring into use, and why; one line each.

    What became of a task earlier than that is past.
    """
    told: set[ModelTask] = set()
    for training in trainings:
        when = f"{training.started_at:%Y-%m-%d %H:%M}"
        if training.ended_at is None:
            yield f"{when}: a training began and has not ended"
        for outcome in training.outcomes:
            if outcome.result is not TrainingResult.SWITCHED and outcome.task not in told:
                yield f"{when}: {outcome.task} {RESULTS[outcome.result].plain}: {outcome.message}"
        told.update(outcome.task for outcome in training.outcomes)


def _heading(task: ModelTask, state: Text, *rest: str) -> Text:
    return Text("  ").join((Text(task, "bold"), state, *map(Text, rest)))


def _qualities(quality: Sequence[ModelQuality]) -> Text:
    """A line for each metric: the figure, its interval, and the baseline's; never cut off, however narrow it is."""
    rows = [(one.metric, f"{one.value:.4f}", _interval(one), f"baseline {one.baseline:.4f}") for one in quality]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return Text("\n".join(f"  {line}" for line in lines))


def _interval(quality: ModelQuality) -> str:
    return "" if quality.low is None or quality.high is None else f"[{quality.low:.4f}, {quality.high:.4f}]"


def _indented(sentences: str) -> Text:
    return Text(f"  {sentences}")


def _drift(drift: Drift | None) -> Text:
    if drift is None:
        return Text("not measured", "dim")
    if not drift.signals and drift.score is None:
        return Text(f"too few users ({drift.users:,})", "dim")
    moved = max(drift.signals, key=lambda name: drift.signals[name], default=None)
    named = "" if moved is None else f" ({moved} {drift.signals[moved]:.2f})"
    score = "" if drift.score is None else f", score {drift.score:.2f}"
    return Text(f"{drift.level.lower()}{named}{score}", LEVELS[drift.level])


def _note(card: ModelCard) -> str:
    return card.note or ("the baseline answers" if card.serves_baseline else "")
