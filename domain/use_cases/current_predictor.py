"""Who predicts in this process, with the newest models it knows of?"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from domain.model.insights import ModelTask
    from domain.model.trained_models import Replacement
    from domain.ports.predictors import Predictor
    from domain.use_cases.current_models import CurrentModels, LoadedModel

    MakePredictor: TypeAlias = Callable[[Mapping[ModelTask, LoadedModel], int], Predictor]
    """Of the models by task, and of their revision. Never fails because of a model."""


class CurrentPredictor:
    """The predictor with the models in use, made anew whenever others are.

    Nobody who predicts has to wait for a registry that cannot be read: `report` is told, and what served goes on.
    """

    def __init__(self, models: CurrentModels, make: MakePredictor, report: Callable[[Exception], None]) -> None:
        self._models = models
        self._make = make
        self._report = report
        self._made_of = models.known
        self.known = make(models.known, models.revision)

    @property
    def replacements(self) -> Mapping[ModelTask, Replacement]:
        """The models that are to be in use and are refused here, and what serves instead of each."""
        return self._models.replacements

    async def refresh(self) -> Predictor:
        """With the newest committed models. Raises `Unavailable`."""
        try:
            loaded = await self._models.refresh()
        except Unavailable:
            raise
        except Exception as fault:  # noqa: BLE001 - whatever is wrong with a model, it is told and others go on
            self._report(fault)
            return self.known
        if loaded is not self._made_of or self.known.revision != self._models.revision:
            self._made_of, self.known = loaded, self._make(loaded, self._models.revision)
        return self.known
