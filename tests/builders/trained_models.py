"""Valid artifacts of which a test overrides only its point."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from domain.model.insights import ModelCard, ModelQuality, ModelTask, ModelVersion
from domain.model.trained_models import Artifact, CalibratedShare, Manifest, Reference, Shares
from domain.rules.artifacts import fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping

TRAINED_AT = datetime(2026, 3, 2, 3, 4, 5, 678_901, tzinfo=UTC)
PARTS = {"rates.json": b"{}", "values.npy": bytes(range(256))}
QUALITY = (
    ModelQuality("log loss", 0.4, 0.5, 0.39, 0.41),
    ModelQuality("AUC", 0.1 + 0.2, 0.5),
)


def build_card(version: str = "v1", **overrides: Any) -> ModelCard:
    card = ModelCard(
        task=ModelTask.CHURN,
        version=ModelVersion(version),
        trained_at=TRAINED_AT,
        training_rows=1_000,
        quality=QUALITY,
        serves_baseline=False,
        note="",
    )
    return replace(card, **overrides)


def build_artifact(
    version: str = "v1", parts: Mapping[str, bytes] = PARTS, manifest: Mapping[str, Any] | None = None, **card: Any
) -> Artifact:
    """A whole churn model."""
    described = Manifest(
        card=build_card(version, **card),
        signals=("recency_days", "active_days"),
        signals_version="1",
        since=datetime(2026, 1, 1, tzinfo=UTC),
        until=TRAINED_AT,
        users=500,
        seed=7,
        sha256=fingerprint(parts),
        plan={"horizon_days": 14, "cut_offs": ["2026-02-01"]},
        libraries={"xgboost": "3.2.0"},
        calibration=(CalibratedShare(0.1, 0.125, 80),),
        reference=Reference(900, {"recency_days": Shares((1.5,), (0.25, 0.5, 0.25))}, Shares((), (1.0, 0.0))),
    )
    return Artifact(replace(described, **(manifest or {})), dict(parts))
