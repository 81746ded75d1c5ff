"""What `attune simulate` asks for, refuses and prints."""

import json
from typing import Any

import pytest

from tests.unit.cli.shells import attune, refusal

SMALL = ("--users", 600, "--days", 6, "--worlds", 2, "--experiments", 20, "--seed", 3)


def test_the_claim_is_answered_for_every_strength_of_tastes() -> None:
    ran = attune("simulate", *SMALL)

    assert (ran.code, ran.errors) == (0, "")
    for strength in ("none", "weak", "medium", "strong"):
        assert f"Tastes {strength}: a favourite has " in ran.output
    assert "Of the claim of +35% conversion, rules bring by strength of tastes: none " in ran.output
    assert "Of 20 experiments without any effect" in ran.output


def test_json_is_one_document_and_the_same_for_the_same_seed() -> None:
    first, second = (attune("simulate", *SMALL, "--heterogeneity", "medium", "--json").output for _ in range(2))
    told: dict[str, Any] = json.loads(first)

    assert first == second
    assert [trial["heterogeneity"] for trial in told["trials"]] == ["medium"]
    assert told["trials"][0]["performances"]["default for all"]["lift"] == {"mean": 0.0, "low": 0.0, "high": 0.0}
    assert told["crowd"]["users"] == 600


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--users", "1"), "--users"),
        (("--days", "0"), "--days"),
        (("--heterogeneity", "huge"), "huge"),
        (("--legibility", "2"), "--legibility"),
        (("--seed", "-1"), "--seed"),
    ],
)
def test_wrong_options_are_one_line_and_code_2(options: tuple[str, ...], reason: str) -> None:
    assert reason in refusal("simulate", *options, code=2)
