"""Which short name identifies what a config shows and why?"""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import TYPE_CHECKING

from domain.model.experiments import NO_RUN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.model.assignments import Applied
    from domain.model.configs import Config, Decision, Recommendation
    from domain.model.json_values import Json

# 80 bits: among a billion configs, two share a name with probability 4e-7.
_DIGEST_BYTES = 10


def config_revision(config: Config) -> str:
    """20 hexadecimal digits, equal in every process for equal content, decisions and variations; times do not count."""
    document: list[object] = [
        config.theme_mode,
        config.density,
        [[state.key, state.visible, state.highlighted] for state in config.features],
        config.navigation,
        config.shortcuts,
        config.difficulty,
        config.include,
        config.exclude,
        [[hint.feature, hint.score, hint.reason] for hint in config.recommendations],
        config.parameters,
        [_decision(decision) for decision in config.decisions],
        *([_applied(trials)] if (trials := [one for one in config.applied if one.run != NO_RUN]) else []),
    ]
    text = json.dumps(document, separators=(",", ":"), sort_keys=True)
    return blake2b(text.encode(), digest_size=_DIGEST_BYTES).hexdigest()


def revision_with_suggestions(revision: str, suggested: Iterable[Recommendation]) -> str:
    """Of a config of this revision to which recommendations were added for one user alone."""
    text = json.dumps([revision, [[hint.feature, hint.score, hint.reason] for hint in suggested]])
    return blake2b(text.encode(), digest_size=_DIGEST_BYTES).hexdigest()


def _applied(trials: Iterable[Applied]) -> list[object]:
    """Who gets a control that shows nothing is told as those who get something: both count from then on."""
    return [[one.rule_id, one.run, one.variation, one.held_out] for one in trials]


def _decision(decision: Decision) -> Json:
    lost: Json = [[loss.rule_id, loss.reason] for loss in decision.lost]
    return [decision.slot, decision.rule_id, decision.variation, lost]
