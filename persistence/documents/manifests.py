"""How is what is known of a trained model, of its drift and of trainings written down as JSON?"""

from __future__ import annotations

import math
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import orjson

from domain.model.insights import ModelCard, ModelQuality, ModelTask, ModelVersion
from domain.model.trained_models import (
    CalibratedShare,
    Drift,
    Manifest,
    Reference,
    Shares,
    TaskOutcome,
    TrainingResult,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Document: TypeAlias = "dict[str, Any]"

UNREADABLE = "What is stored about this model cannot be read: it was changed, or written by another release of Attune."


def manifest_document(manifest: Manifest) -> Document:
    """JSON for a manifest. Raises `ValueError` when a figure is not finite: JSON has no word for it."""
    card = manifest.card
    for quality in card.quality:
        _check_finite(quality.metric, (quality.value, quality.baseline, quality.low, quality.high))
    document: Document = orjson.loads(orjson.dumps(manifest, default=dict))
    return document


def parse_manifest(document: Document) -> Manifest:
    """The manifest that `manifest_document` wrote."""
    reference = document["reference"]
    return Manifest(
        card=_card(document["card"]),
        signals=tuple(document["signals"]),
        signals_version=document["signals_version"],
        since=datetime.fromisoformat(document["since"]),
        until=datetime.fromisoformat(document["until"]),
        users=document["users"],
        seed=document["seed"],
        sha256=document["sha256"],
        plan=document["plan"],
        libraries=document["libraries"],
        calibration=tuple(CalibratedShare(**share) for share in document["calibration"]),
        reference=None if reference is None else _reference(reference),
    )


def stored_manifest(task: ModelTask, version: ModelVersion, at: datetime, document: object) -> Manifest:
    """The manifest of this model; where it is none, or another model's, one that says so and that no parts agree with.

    `at`: when the model was trained.
    One that was changed, or written by another release, must cost its own model only: that one is refused as tampered.
    """
    try:
        manifest = parse_manifest(cast("Document", document))
    except (AttributeError, KeyError, TypeError, ValueError):
        manifest = None
    if manifest is not None and (manifest.task, manifest.version) == (task, version):
        return manifest
    card = ModelCard(task, version, at, training_rows=0, quality=(), serves_baseline=False, note=UNREADABLE)
    return Manifest(card, signals=(), signals_version="", since=at, until=at, users=0, seed=0, sha256="")


def drift_document(drift: Drift) -> Document:
    _check_finite("drift", (drift.score, *drift.signals.values()))
    document: Document = orjson.loads(orjson.dumps(drift, default=dict))
    return document


def parse_drift(document: Document) -> Drift:
    """The drift that `drift_document` wrote."""
    measured_at = datetime.fromisoformat(document["measured_at"])
    return Drift(measured_at, document["users"], document["signals"], document["score"])


def outcomes_document(outcomes: Iterable[TaskOutcome]) -> list[Document]:
    document: list[Document] = orjson.loads(orjson.dumps([*outcomes]))
    return document


def parse_outcomes(documents: Sequence[Document]) -> tuple[TaskOutcome, ...]:
    """The outcomes that `outcomes_document` wrote."""
    return tuple(
        TaskOutcome(
            ModelTask(document["task"]),
            TrainingResult(document["result"]),
            document["message"],
            None if document["version"] is None else ModelVersion(document["version"]),
        )
        for document in documents
    )


def _card(document: Document) -> ModelCard:
    return ModelCard(
        task=ModelTask(document["task"]),
        version=ModelVersion(document["version"]),
        trained_at=datetime.fromisoformat(document["trained_at"]),
        training_rows=document["training_rows"],
        quality=tuple(ModelQuality(**quality) for quality in document["quality"]),
        serves_baseline=document["serves_baseline"],
        note=document["note"],
    )


def _reference(document: Document) -> Reference:
    score = document["score"]
    return Reference(
        rows=document["rows"],
        signals={name: _shares(shares) for name, shares in document["signals"].items()},
        score=None if score is None else _shares(score),
    )


def _shares(document: Document) -> Shares:
    return Shares(tuple(document["edges"]), tuple(document["shares"]))


def _check_finite(name: str, figures: Iterable[float | None]) -> None:
    if any(figure is not None and not math.isfinite(figure) for figure in figures):
        raise ValueError(f"{name} is not finite")
