"""How is a config written down as JSON in a cache?"""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias

import orjson

from domain.model.adaptations import LayoutDensity, ThemeMode
from domain.model.configs import Config, ConfigSource, Decision, FeatureState, LostAdaptation, Recommendation, Slot
from domain.model.rules import RuleId
from domain.model.skills import SkillLevel
from persistence.documents.assignments import parse_applied

CONFIG_DOCUMENT_VERSION = 2
"""Raised with every change of the shape, so that processes of two releases never misread each other's caches."""

Document: TypeAlias = "dict[str, Any]"


def config_to_bytes(config: Config) -> bytes:
    """UTF-8 JSON for a whole config, marked with the version of its shape."""
    return orjson.dumps({"version": CONFIG_DOCUMENT_VERSION, "config": config}, default=dict)


def config_from_bytes(stored: bytes) -> Config | None:
    """The config that `config_to_bytes` wrote; `None` for anything else, another version of the shape included."""
    try:
        document = orjson.loads(stored)
        return _config(document["config"]) if document["version"] == CONFIG_DOCUMENT_VERSION else None
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _config(document: Document) -> Config:
    holds_until = document["holds_until"]
    return Config(
        revision=document["revision"],
        decided_at=datetime.fromisoformat(document["decided_at"]),
        holds_until=None if holds_until is None else datetime.fromisoformat(holds_until),
        source=ConfigSource(document["source"]),
        theme_mode=ThemeMode(document["theme_mode"]),
        density=LayoutDensity(document["density"]),
        features=tuple(FeatureState(**state) for state in document["features"]),
        navigation=tuple(document["navigation"]),
        shortcuts=tuple(document["shortcuts"]),
        difficulty=SkillLevel(document["difficulty"]),
        include=tuple(document["include"]),
        exclude=tuple(document["exclude"]),
        recommendations=tuple(Recommendation(**given) for given in document["recommendations"]),
        parameters=document["parameters"],
        decisions=tuple(_decision(made) for made in document["decisions"]),
        applied=tuple(parse_applied(applied) for applied in document["applied"]),
    )


def _decision(document: Document) -> Decision:
    rule_id = document["rule_id"]
    return Decision(
        slot=Slot(document["slot"]),
        rule_id=None if rule_id is None else RuleId(rule_id),
        lost=tuple(LostAdaptation(RuleId(lost["rule_id"]), lost["reason"]) for lost in document["lost"]),
        variation=document["variation"],
    )
