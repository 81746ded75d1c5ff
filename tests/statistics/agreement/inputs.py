"""Which users are analysed, by gbstats and by us? Made by the standard library alone: equal in both environments."""

from __future__ import annotations

from random import Random
from typing import NamedTuple, TypeAlias

NUMBER = 200
SEED = 20_261_125
MOST_USERS = 400


class Side(NamedTuple):
    """Sums over the users of one variation: of the outcome, of what it is adjusted or divided by, and of both."""

    users: int
    total: int
    total_squares: int
    other: int
    other_squares: int
    product: int


Pair: TypeAlias = "tuple[Side, Side]"


def means() -> list[Pair]:
    """Numbers per user, of many sizes and spreads, and what the same users did before."""
    return _pairs("means", lambda random, scale: (random.randint(0, scale), random.randint(1, 40)))


def rates() -> list[Pair]:
    """Users who reached a goal or did not, more often if they did much before."""
    return _pairs("rates", _visitor)


def covariates() -> list[Pair]:
    """Outcomes that hang on what was before, more or less."""
    return _pairs("covariates", _returning)


def ratios() -> list[Pair]:
    """Clicks of so many views of each user."""
    return _pairs("ratios", _viewer)


def splits() -> list[tuple[list[int], list[float]]]:
    """Users of two to five variations, beside their planned shares."""
    random = Random(f"{SEED} splits")  # noqa: S311 - nothing secret
    answer = []
    for _ in range(NUMBER):
        variations = random.randint(2, 5)
        weights = [random.randint(1, 9) / 10 for _ in range(variations)]
        size = random.randint(100, 10_000)
        answer.append(
            ([round(weight * size + random.gauss(0, 1) * (weight * size) ** 0.5) for weight in weights], weights)
        )
    return answer


def _visitor(random: Random, _: int) -> tuple[int, int]:
    before = random.randint(0, 9)
    return int(random.random() < 0.1 + before / 20), before


def _returning(random: Random, scale: int) -> tuple[int, int]:
    before = random.randint(0, scale)
    return before // 2 + random.randint(0, scale), before


def _viewer(random: Random, scale: int) -> tuple[int, int]:
    views = random.randint(1, 1 + scale % 50)
    return sum(random.random() < 0.3 for _ in range(views)), views


def _pairs(kind: str, user: object) -> list[Pair]:
    random = Random(f"{SEED} {kind}")  # noqa: S311 - nothing secret
    return [(_side(random, user), _side(random, user)) for _ in range(NUMBER)]


def _side(random: Random, user: object) -> Side:
    assert callable(user)
    scale = random.choice((3, 20, 1_000, 100_000))
    users = [user(random, scale) for _ in range(random.randint(100, MOST_USERS))]
    return Side(
        len(users),
        sum(outcome for outcome, _ in users),
        sum(outcome**2 for outcome, _ in users),
        sum(other for _, other in users),
        sum(other**2 for _, other in users),
        sum(outcome * other for outcome, other in users),
    )
