"""When to train and to test, as somebody writes it down."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.evaluation.protocols import Protocol, ProtocolRefused, parse_cut_offs, plan_told


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_range_has_a_cut_off_every_so_many_days_and_not_after_its_end() -> None:
    assert parse_cut_offs("2020-01-01..2020-01-20/9") == (day("2020-01-01"), day("2020-01-10"), day("2020-01-19"))
    assert parse_cut_offs("2020-01-01..2020-01-10/9d")[-1] == day("2020-01-10")


def test_single_dates_stand_between_commas() -> None:
    assert parse_cut_offs("1997-12-31, 1998-03-31") == (day("1997-12-31"), day("1998-03-31"))
    assert parse_cut_offs("2020-01-01T12:00:00+02:00") == (day("2020-01-01T10:00:00"),)


@pytest.mark.parametrize(
    "text",
    [
        *("soon", "2020-01-01..2021-01-01", "2020-01-01..2021-01-01/0", "2020-01-01..2021-01-01/x", "2020-13-01"),
        *("2021-01-01..2020-01-01/7", "1990-01-01..2020-01-01/1", "2020-01-01,"),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ProtocolRefused):
        parse_cut_offs(text)


def test_whoever_asks_for_everything_gets_it() -> None:
    protocol = Protocol(horizon_days=14, training=[day("2020-01-01")], test=[day("2020-01-15")])
    plan = protocol.plan()
    assert plan is not None
    assert (plan.horizon_days, plan.active_days) == (14, 14)
    assert plan_told(plan).startswith(
        "horizon 14 days, active within 14 days; trained at 2020-01-01, tested at 2020-01-15."
    )


def test_whoever_asks_for_nothing_leaves_it_to_the_data() -> None:
    assert Protocol().plan() is None
    assert Protocol(horizon_days=14, active_days=30).plan() is None


@pytest.mark.parametrize(
    "protocol",
    [
        Protocol(horizon_days=14, training=[day("2020-01-01")]),
        Protocol(training=[day("2020-01-01")], test=[day("2020-02-01")]),
        Protocol(horizon_days=14, training=[day("2020-01-02")], test=[day("2020-01-15")]),
        Protocol(horizon_days=14, training=[day("2020-03-02")], test=[day("2020-01-15")]),
    ],
)
def test_half_a_protocol_or_one_that_looks_into_its_own_test_is_refused(protocol: Protocol) -> None:
    with pytest.raises(ProtocolRefused):
        protocol.plan()
