"""Which trained models really serve, where some that are to serve must not?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from domain.model.trained_models import RegisteredModel, Replacement, Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from domain.model.insights import ModelTask


def as_they_serve(
    registered: Iterable[RegisteredModel], replacements: Mapping[ModelTask, Replacement]
) -> Sequence[RegisteredModel]:
    """The same models in the same order: one that is refused is not in use, and what answers instead of it is."""
    return [_as_it_serves(model, replacements.get(model.manifest.task)) for model in registered]


def serving(models: Iterable[RegisteredModel]) -> Sequence[RegisteredModel]:
    """What answers, a model a task at most; where nothing does, the refused model, since its remark says so."""
    found: dict[ModelTask, RegisteredModel] = {}
    for model in models:
        task = model.manifest.task
        if model.standing is Standing.IN_USE or (model.standing is Standing.REFUSED and task not in found):
            found[task] = model
    return [*found.values()]


def _as_it_serves(model: RegisteredModel, replacement: Replacement | None) -> RegisteredModel:
    if replacement is None:
        return model
    if model.manifest.version == replacement.refused and model.standing is Standing.IN_USE:
        return replace(model, standing=Standing.REFUSED, drift=None, remark=_refusal(replacement))
    if model.manifest.version == replacement.serves:
        remark = f"It serves instead of {replacement.refused}, which is refused: {replacement.reason}."
        return replace(model, standing=Standing.IN_USE, remark=remark)
    return model


def _refusal(replacement: Replacement) -> str:
    instead = "Nothing serves" if replacement.serves is None else f"{replacement.serves} serves"
    return f"It is refused: {replacement.reason}. {instead} instead."
