"""Trees grow alike from equal data, stop when they gain nothing, and survive being written down."""

from __future__ import annotations

import numpy as np
import pytest

from prediction.boosting import Examples, LocalBoosting, Recipe, booster_from_bytes, booster_to_bytes

RECIPE = Recipe(40, {"objective": "binary:logistic", "max_depth": 2, "eta": 0.3, "subsample": 0.7})


def examples(seed: int, rows: int = 200) -> Examples:
    generator = np.random.default_rng(seed)
    values = generator.normal(size=(rows, 3)).astype(np.float32)
    return Examples(values, (values[:, 0] + generator.normal(size=rows) > 0).astype(np.float64))


def test_equal_data_and_seed_give_equal_bytes() -> None:
    first, second = (booster_to_bytes(LocalBoosting(seed=7).boost(RECIPE, examples(1))) for _ in range(2))

    assert first == second
    assert first != booster_to_bytes(LocalBoosting(seed=8).boost(RECIPE, examples(1)))


def test_rounds_behind_the_best_on_later_examples_are_cut() -> None:
    patient = Recipe(40, RECIPE.parameters, patience=5)

    stopped = LocalBoosting().boost(patient, examples(1), examples(2))

    assert stopped.num_boosted_rounds() < 40
    assert LocalBoosting().boost(RECIPE, examples(1)).num_boosted_rounds() == 40


def test_a_booster_read_again_predicts_the_same_bits() -> None:
    booster, values = LocalBoosting().boost(RECIPE, examples(1)), examples(3).values

    read = booster_from_bytes(booster_to_bytes(booster), 3)

    assert read.inplace_predict(values).tobytes() == booster.inplace_predict(values).tobytes()


@pytest.mark.parametrize("written", [b"", b"{", b"}", b"not trees"])
def test_what_is_no_booster_is_refused(written: bytes) -> None:
    with pytest.raises(ValueError, match="the trees are cut off"):
        booster_from_bytes(written)


def test_a_booster_that_was_cut_off_is_refused_before_it_is_read() -> None:
    written = booster_to_bytes(LocalBoosting().boost(RECIPE, examples(1)))

    with pytest.raises(ValueError, match="the trees are cut off"):
        booster_from_bytes(written[:-1])


def test_a_booster_of_other_columns_is_refused() -> None:
    written = booster_to_bytes(LocalBoosting().boost(RECIPE, examples(1)))

    with pytest.raises(ValueError, match="the trees read 3 columns instead of 4"):
        booster_from_bytes(written, 4)
