"""Sums over users add up, exactly."""

from __future__ import annotations

from fractions import Fraction

from domain.statistics.samples import MICRO, Sample, merged


def test_a_sample_holds_the_sums_over_users() -> None:
    sample = Sample.of([1.5, 0.0, 3.0], before=[1, 2, 3], denominators=[2, 2, 4])

    assert (sample.users, sample.conversions) == (3, 2)
    assert (sample.total, sample.total_squares) == (4.5, 11.25)
    assert (sample.before, sample.before_squares, sample.product) == (6, 14, 10.5)
    assert (sample.denominator, sample.denominator_squares, sample.denominator_product) == (8, 24, 15)


def test_tenths_are_summed_as_the_floats_they_are() -> None:
    sample = Sample.of([0.1] * 10)

    assert sample.total == 10 * Fraction(0.1)


def test_millionths_are_brought_into_units_with_their_squares() -> None:
    micros = Sample(users=2, conversions=2, total=3_500_000, total_squares=6_250_000_000_000)

    assert micros.scaled(MICRO) == Sample(2, 2, Fraction(7, 2), Fraction(25, 4))


def test_no_samples_merge_into_none() -> None:
    assert merged([]) == Sample()
