"""Are an artifact's bytes those that its manifest is about, and can this release use them?"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from domain.model.trained_models import MAX_ARTIFACT_BYTES, MAX_PARTS, ArtifactFlaw, ArtifactRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.model.trained_models import Artifact

_PART_NAME = re.compile(r"[a-z0-9_]{1,64}\.(ubj|npy|json)")


def fingerprint(parts: Mapping[str, bytes]) -> str:
    """SHA-256 over names and contents, each with its length before it: no two sets of parts are written alike."""
    hasher = hashlib.sha256()
    for name in sorted(parts):
        for written in (name.encode(), parts[name]):
            hasher.update(len(written).to_bytes(8, "big"))
            hasher.update(written)
    return hasher.hexdigest()


def check_parts(parts: Mapping[str, bytes]) -> None:
    """Raises `ArtifactRefused` for what no model of ours is written as."""
    if not parts:
        raise ArtifactRefused(ArtifactFlaw.UNREADABLE, "the artifact has no parts")
    if len(parts) > MAX_PARTS or sum(map(len, parts.values())) > MAX_ARTIFACT_BYTES:
        allowed = f"{MAX_ARTIFACT_BYTES >> 20} MiB in {MAX_PARTS} parts"
        raise ArtifactRefused(ArtifactFlaw.TOO_LARGE, f"the artifact is larger than {allowed}")
    if unknown := sorted(name for name in parts if _PART_NAME.fullmatch(name) is None):
        raise ArtifactRefused(ArtifactFlaw.UNREADABLE, f"{unknown[0]!r} is no part of a model")


def check_artifact(artifact: Artifact, signals_version: str) -> None:
    """Raises `ArtifactRefused` unless the artifact is whole and was trained on this version of the signals."""
    check_parts(artifact.parts)
    manifest = artifact.manifest
    if fingerprint(artifact.parts) != manifest.sha256:
        message = f"the {manifest.task} model {manifest.version} was truncated or changed after it was trained"
        raise ArtifactRefused(ArtifactFlaw.TAMPERED, message)
    if manifest.signals_version != signals_version:
        message = (
            f"the {manifest.task} model {manifest.version} was trained on version {manifest.signals_version} of the "
            f"signals, and this release computes version {signals_version}: train it again"
        )
        raise ArtifactRefused(ArtifactFlaw.OTHER_SIGNALS, message)
