"""What is shown at a place where neither the user nor a rule has decided?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from domain.model.configs import Config, ConfigSource, FeatureState
from domain.rules.revisions import config_revision

if TYPE_CHECKING:
    from datetime import datetime

    from domain.model.catalogues import Catalogue


def default_config(
    catalogue: Catalogue, place: str, now: datetime, source: ConfigSource = ConfigSource.DEFAULT
) -> Config:
    """The catalogue's defaults: theme, density, features, navigation and parameters; the easiest content."""
    defaults = catalogue.defaults_at(place)
    config = Config(
        revision="",
        decided_at=now,
        source=source,
        theme_mode=defaults.theme_mode,
        density=defaults.density,
        features=tuple(
            FeatureState(item.key, visible=item.key not in defaults.hidden_features) for item in catalogue.features
        ),
        navigation=_in_order(defaults.navigation, tuple(item.key for item in catalogue.navigation)),
        parameters={parameter.key: parameter.default for parameter in catalogue.parameters},
    )
    return replace(config, revision=config_revision(config))


def _in_order(first: tuple[str, ...], items: tuple[str, ...]) -> tuple[str, ...]:
    """A place's order moves items to the front; it hides none."""
    return (*first, *(item for item in items if item not in first))
