"""Who is simulated, and when does each of them come? Equal seeds give equal people.

Everybody is of one persona, which says how often they come, with which device, what they use and how readily they
convert. Visits are a Poisson process over the days on which somebody is around, at hours of the persona's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from domain.model.interactions import Device
from domain.model.users import UserId

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

PREFIX = "sim-"
"""Of the ids of everybody who is made up."""


@dataclass(frozen=True, slots=True)
class Persona:
    """`arrives_late`: the share who come only during the time; `leaves`: who stop coming during it. Shares in [0, 1].

    `visits_per_week` and `uses_per_visit` are means, `hour` the one of the day around which they come (UTC).
    """

    name: str
    share: float
    visits_per_week: float
    uses_per_visit: float
    features: Mapping[str, float]
    converts: float
    mobile: float
    hour: float
    arrives_late: float = 0.0
    leaves: float = 0.0


EVERYTHING = ("board", "tour", "reports", "export", "automation", "api_keys", "timeline", "templates")

PERSONAS = (
    Persona("casual", 0.28, 1.1, 2, {"board": 6, "reports": 2, "tour": 1}, 0.03, 0.3, 19, 0.1, 0.25),
    Persona("newcomer", 0.22, 2.6, 4, dict.fromkeys(EVERYTHING, 1.0), 0.03, 0.4, 14, 0.9, 0.35),
    Persona(
        "expert",
        0.14,
        6.5,
        6,
        {"board": 4, "reports": 4, "export": 3, "automation": 3, "api_keys": 2, "timeline": 2, "templates": 2},
        0.05,
        0.05,
        9,
    ),
    Persona("buyer", 0.12, 2.5, 2, {"board": 2, "reports": 2, "export": 1}, 0.5, 0.2, 11, 0.2),
    Persona("commuter", 0.14, 4.0, 2, {"board": 5, "reports": 1, "timeline": 1}, 0.02, 0.95, 7, 0.2, 0.1),
    Persona("leaver", 0.10, 3.5, 3, {"board": 3, "reports": 2, "export": 1}, 0.02, 0.2, 16, 0.0, 1.0),
)


@dataclass(frozen=True, slots=True)
class Person:
    """`visits` are instants, in order; `seed` decides what happens in them."""

    user_id: UserId
    persona: Persona
    seed: tuple[int, int]
    visits: tuple[datetime, ...]
    prefers_mobile: bool

    def device_at(self, chance: float) -> Device:
        """Mostly the one they prefer."""
        return Device.MOBILE if self.prefers_mobile is (chance < MOSTLY) else Device.DESKTOP


MOSTLY = 0.88
HOURS_APART = 2.5
"""The standard deviation of the hour around the persona's own."""


def simulated_people(count: int, seed: int, begins_at: datetime, days: int) -> tuple[Person, ...]:
    """So many people who come within so many days from an instant on."""
    random = np.random.default_rng((seed, 0))
    shares = np.array([persona.share for persona in PERSONAS])
    drawn = random.choice(len(PERSONAS), count, p=shares / shares.sum())
    return tuple(_person(number, PERSONAS[int(which)], seed, begins_at, days) for number, which in enumerate(drawn, 1))


def _person(number: int, persona: Persona, seed: int, begins_at: datetime, days: int) -> Person:
    random = np.random.default_rng((seed, number))
    first = random.integers(0, days - 2) if random.random() < persona.arrives_late else 0
    last = random.integers(first + 1, days) if random.random() < persona.leaves else days - 1
    visits = sorted(
        begins_at + timedelta(days=int(day), hours=float(np.clip(random.normal(persona.hour, HOURS_APART), 0.1, 23.4)))
        for day in range(first, last + 1)
        if random.random() < persona.visits_per_week / 7 or day == first
    )
    is_mobile = bool(random.random() < persona.mobile)
    return Person(UserId(f"{PREFIX}{number:04}"), persona, (seed, number), tuple(visits), is_mobile)
