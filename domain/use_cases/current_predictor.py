"""Who predicts in this process, with the newest models it knows of?"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from domain.model.insights import ModelTask
    from domain.ports.predictors import Predictor
    from domain.use_cases.current_models import CurrentModels, LoadedModel

    MakePredictor: TypeAlias = Callable[[Mapping[ModelTask, LoadedModel], int], Predictor]
    """Of the models by task, and of their revision. Never fails because of a model."""


class CurrentPredictor:
    """The predictor with the models in use, made anew whenever others are."""

    def __init__(self, models: CurrentModels, make: MakePredictor) -> None:
        self._models = models
        self._make = make
        self._made_of = models.known
        self.known = make(models.known, models.revision)

    async def refresh(self) -> Predictor:
        """With the newest committed models. Raises `Unavailable`."""
        loaded = await self._models.refresh()
        if loaded is not self._made_of or self.known.revision != self._models.revision:
            self._made_of, self.known = loaded, self._make(loaded, self._models.revision)
        return self.known
