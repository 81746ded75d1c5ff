"""How are trained models and trainings told to people at a terminal?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from domain.model.trained_models import Drift, DriftLevel, RegisteredModel, Standing, Training, TrainingResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from domain.model.insights import ModelCard, ModelQuality
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
}
LEVELS = {DriftLevel.STABLE: "green", DriftLevel.MOVING: "yellow", DriftLevel.DRIFTED: "bold red"}


def survey_told(survey: Survey, plan: Plan) -> str:
    """How much there was to train on, and which horizon that gave."""
    since, until = survey.first_received_at, survey.last_received_at
    when = "" if since is None or until is None else f", received from {since:%Y-%m-%d} to {until:%Y-%m-%d}"
    return f"{survey.users:,} users, {survey.interactions:,} interactions{when}. {plan.explanation}"


def results_told(results: Iterable[Result]) -> Table:
    """What came of each task, with the quality of its model beside the baseline's."""
    table = _table("model", "result", "version", "rows", "size", "quality", "baseline", "why")
    for result in results:
        artifact = result.artifact
        if artifact is None:
            table.add_row(result.task, RESULTS[result.result], *([""] * 5), result.message)
            continue
        card = artifact.manifest.card
        table.add_row(
            result.task,
            RESULTS[result.result],
            card.version,
            f"{card.training_rows:,}",
            f"{max(1, sum(map(len, artifact.parts.values())) >> 10):,} KiB",
            *_qualities(card.quality),
            ". ".join(filter(None, (result.message, _note(card)))),
        )
    return table


def models_told(models: Iterable[RegisteredModel]) -> Table:
    """Every stored model: what it is now, how good it was, and how far its population has moved since."""
    table = _table("model", "version", "", "trained", "quality", "baseline", "drift", "note")
    for registered in models:
        card = registered.manifest.card
        table.add_row(
            card.task,
            card.version,
            STANDINGS[registered.standing],
            f"{card.trained_at:%Y-%m-%d %H:%M}",
            *_qualities(card.quality),
            _drift(registered.drift),
            _note(card),
        )
    return table


def trainings_told(trainings: Sequence[Training]) -> Iterable[str]:
    """What the latest trainings did not bring into use, and why; one line each."""
    for training in trainings:
        when = f"{training.started_at:%Y-%m-%d %H:%M}"
        if training.ended_at is None:
            yield f"{when}: a training began and has not ended"
        for outcome in training.outcomes:
            if outcome.result is not TrainingResult.SWITCHED:
                yield f"{when}: {outcome.task} {RESULTS[outcome.result].plain}: {outcome.message}"


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _qualities(quality: Sequence[ModelQuality]) -> tuple[str, str]:
    """One line per metric, in two columns that stand level."""
    return "\n".join(map(_value, quality)), "\n".join(f"{one.baseline:.4f}" for one in quality)


def _value(quality: ModelQuality) -> str:
    value = f"{quality.metric} {quality.value:.4f}"
    return value if quality.low is None or quality.high is None else f"{value} [{quality.low:.4f}, {quality.high:.4f}]"


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
