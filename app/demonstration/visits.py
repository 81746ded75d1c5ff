"""What does somebody do in one visit, given what they see?

They look at the dashboard, use some features, may read something, and may convert. What they see changes only how
readily they convert: that is all the truth that an experiment here can find.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from domain.model.interactions import Interaction, InteractionKey, InteractionKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from app.demonstration.personas import Person
    from domain.model.configs import Config
    from domain.model.interactions import Device

PLACE = "dashboard"
CONVERSION = "upgrade"
WARM_WELCOME = "Good to see you again: here is where you left off"

WARM_WELCOME_ODDS = 7.0
HIGHLIGHT_ODDS = 4.0
PERSONALISED_ODDS = 1.5
"""By how much each raises the odds of converting in a visit: more than in life, so that some hundred users tell."""

MEAN_VALUE = 40.0
READS = 0.3
DISMISSES = 0.08


@dataclass(frozen=True, slots=True)
class Visit:
    person: Person
    number: int
    at: datetime

    @property
    def random(self) -> np.random.Generator:
        """Its own, so that what happens in one visit changes no other."""
        return np.random.default_rng((*self.person.seed, self.number + 1))

    @property
    def device(self) -> Device:
        return self.person.device_at(float(self.random.random()))


def chance_of_converting(person: Person, config: Config) -> float:
    """In one visit, in (0, 1)."""
    odds = person.persona.converts / (1 - person.persona.converts)
    if config.parameters.get("welcome_text") == WARM_WELCOME:
        odds *= WARM_WELCOME_ODDS
    if any(feature.key == "automation" and feature.highlighted for feature in config.features):
        odds *= HIGHLIGHT_ODDS
    if config.applied:
        odds *= PERSONALISED_ODDS
    return odds / (1 + odds)


def interactions_of(visit: Visit, config: Config) -> Iterator[Interaction]:
    """In order, some minutes apart."""
    random, device = visit.random, visit.device
    random.random()  # the device
    persona = visit.person.persona
    names, weights = list(persona.features), np.array(list(persona.features.values()))
    steps: list[tuple[InteractionKind, str | None, float | None]] = [(InteractionKind.PAGE_VIEW, None, None)]
    uses = random.poisson(persona.uses_per_visit)
    used = random.choice(len(names), uses, p=weights / weights.sum())
    steps += [(InteractionKind.FEATURE_USE, names[int(one)], None) for one in used]
    if random.random() < READS:
        steps.append((InteractionKind.CONTENT_VIEW, "release-notes", None))
    if random.random() < DISMISSES:
        steps.append((InteractionKind.DISMISS, "hint", None))
    if random.random() < chance_of_converting(visit.person, config):
        steps.append((InteractionKind.CONVERSION, CONVERSION, round(float(random.gamma(2.0, MEAN_VALUE / 2)), 2)))
    minutes = np.cumsum(random.uniform(0.3, 3.0, len(steps)))
    for number, ((kind, target, value), after) in enumerate(zip(steps, minutes, strict=True)):
        yield Interaction(
            key=InteractionKey(f"{visit.person.user_id}-{visit.number}-{number}"),
            user_id=visit.person.user_id,
            kind=kind,
            occurred_at=visit.at + timedelta(minutes=float(after)),
            target=target,
            section=PLACE,
            tags=("tips",) if kind is InteractionKind.CONTENT_VIEW else (),
            device=device,
            value=value,
        )
