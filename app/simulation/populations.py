"""Who comes, what did they do before, and what do the rules of the product make of that?

Histories are folded, conditions tested and configs decided by the engine itself; nothing of it is imitated. What users
did is how their favourite shows: a share `legibility` of what they used in the last month is their favourite, the rest
is anything. How much they used is geometric, so that many have hardly done anything yet. The rules are what a product
manager would write: whoever used an item four times in thirty days finds it first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from app.simulation.tastes import FAVOURITES, ITEMS
from domain.model.adaptations import OrderNavigation
from domain.model.catalogues import HOLDOUT_SALT, Catalogue, CatalogueItem
from domain.model.conditions import Did
from domain.model.contexts import Context
from domain.model.interactions import Interaction, InteractionKey, InteractionKind
from domain.model.profiles import Profile
from domain.model.ranges import Range
from domain.model.rules import Rule, RuleContent, RuleId, RuleKey, RuleStatus
from domain.model.users import UserId
from domain.rules.buckets import bucket
from domain.rules.decisions import decide
from domain.rules.profiles import fold_from_scratch
from domain.rules.rule_sets import RuleSet

if TYPE_CHECKING:
    from app.simulation.tastes import Indexes, Numbers

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
MEAN_USES = 12.0
USES_THAT_TELL = 4
DAYS_THAT_TELL = 30
EXPERIMENT_SALT = "what-comes-first"
UNDECIDED = -1

_CONTEXT = Context("home")


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """One entry per user, in order of arrival. `decided`: what rules show, `UNDECIDED` where none applies.

    `buckets` assign in experiments, `holdout_buckets` draw who is kept from all rules.
    """

    favourites: Indexes
    decided: Indexes
    days: Indexes
    buckets: Numbers
    holdout_buckets: Numbers

    def __len__(self) -> int:
        return len(self.favourites)

    @property
    def segments(self) -> Indexes:
        """By which rule applied; who has none is a segment, too. The first one is 0."""
        return self.decided + 1

    def arriving(self, day: int) -> slice:
        first, end = np.searchsorted(self.days, (day, day + 1))
        return slice(int(first), int(end))


def simulated_population(users: int, days: int, seed: int, legibility: float) -> Population:
    """So many users, as many every day. The same arguments give the same users."""
    random = np.random.default_rng((seed, 1_000_003))
    favourites = random.choice(len(ITEMS), users, p=FAVOURITES)
    rule_set = the_rules()
    uses = random.geometric(1 / (1 + MEAN_USES), users) - 1
    decided = [
        _decided(rule_set, _user(number), _used(random, int(favourite), int(count), legibility), random)
        for number, (favourite, count) in enumerate(zip(favourites, uses, strict=True))
    ]
    return Population(
        favourites=favourites,
        decided=np.array(decided, dtype=np.int64),
        days=np.arange(users, dtype=np.int64) * days // users,
        buckets=np.array([bucket(EXPERIMENT_SALT, _user(number)) for number in range(users)]),
        holdout_buckets=np.array([bucket(HOLDOUT_SALT, _user(number)) for number in range(users)]),
    )


def the_rules() -> RuleSet:
    """One rule for each item, of equal priority: the oldest that applies wins."""
    catalogue = Catalogue(navigation=tuple(CatalogueItem(item, item.title()) for item in ITEMS))
    return RuleSet.compile(1, map(_rule, ITEMS, range(len(ITEMS))), catalogue)


def _rule(item: str, age: int) -> Rule:
    created_at = NOW - timedelta(days=60 - age)
    content = RuleContent(
        key=RuleKey(f"{item}-first"),
        name=f"{item.title()} first for whom it is used to",
        adaptations=(OrderNavigation(first=(item,)),),
        condition=Did(InteractionKind.FEATURE_USE, Range(gte=USES_THAT_TELL), DAYS_THAT_TELL, item),
    )
    return Rule(
        id=RuleId(item),
        salt=content.key,
        status=RuleStatus.ACTIVE,
        revision=1,
        content=content,
        created_at=created_at,
        updated_at=created_at,
        updated_by=UserId("simulation"),
    )


def _user(number: int) -> str:
    return f"user-{number}"


def _used(random: np.random.Generator, favourite: int, count: int, legibility: float) -> list[str]:
    of_favourite = random.random(count) < legibility
    anything = random.integers(0, len(ITEMS), count)
    return [ITEMS[index] for index in np.where(of_favourite, favourite, anything)]


def _decided(rule_set: RuleSet, user: str, used: list[str], random: np.random.Generator) -> int:
    hours_ago = np.sort(random.random(len(used)))[::-1] * DAYS_THAT_TELL * 24
    interactions = [
        Interaction(
            key=InteractionKey(str(number)),
            user_id=UserId(user),
            kind=InteractionKind.FEATURE_USE,
            occurred_at=NOW - timedelta(hours=float(ago)),
            target=item,
        )
        for number, (item, ago) in enumerate(zip(used, hours_ago, strict=True))
    ]
    profile = Profile(UserId(user), revision=1, history=fold_from_scratch(interactions))
    config = decide(rule_set, profile, _CONTEXT, NOW)
    return ITEMS.index(config.navigation[0]) if config.decisions else UNDECIDED
