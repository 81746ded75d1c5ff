"""Does `attune replay` get a log into an engine, every line once, and say what became of it?"""

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.shells import attune, refusal
from tests.unit.replay.listeners import Listener
from tests.unit.replay.logs import numbered_log, written

LOG = Path("log.csv.gz")
KIND = ("--kind", "feature_use")


def replayed(listener: Listener, *options: object, code: int = 0) -> dict[str, Any]:
    ran = attune("replay", LOG, *KIND, "--url", listener.url, "--token", "t", "--json", *options)
    assert ran.code == code, ran
    summary: dict[str, Any] = json.loads(ran.output)
    return summary


def test_a_log_is_stored_once_however_often_and_in_whatever_batches_it_is_replayed() -> None:
    numbered_log(LOG, 95)
    with Listener().in_thread() as listener:
        first = replayed(listener, "--batch", 10)
        second = replayed(listener, "--batch", 17, "--in-flight", 1)
    assert (first["lines"], first["accepted"], first["duplicates"], first["outcome"]) == (95, 95, 0, "complete")
    assert (second["accepted"], second["duplicates"]) == (0, 95)
    assert first["seconds"] > 0
    assert first["events_per_second"] == pytest.approx(95 / first["seconds"], rel=0.1)
    element = next(iter(listener.stored.values()))
    assert element == {
        "key": element["key"],
        "userId": "u0",
        "kind": "FEATURE_USE",
        "occurredAt": "2023-11-14T22:13:22+00:00",
        "target": "export",
        "value": 2.0,
    }


def test_an_interrupt_ends_with_what_was_sent_and_the_next_replay_goes_on() -> None:
    numbered_log(LOG, 95)

    def interrupt(count: int) -> None:
        if count == 2:
            os.kill(os.getpid(), signal.SIGINT)

    with Listener(on_request=interrupt).in_thread() as listener:
        ran = attune("replay", LOG, *KIND, "--url", listener.url, "--token", "t", "--batch", 10, "--in-flight", 1)
        assert ran.code == 130
        stored = len(listener.stored)
        assert 20 <= stored < 95
        assert f"everything up to line {stored + 1} is settled" in ran.errors
        assert ran.errors.count("\n") == 1
        second = replayed(listener)
    assert (second["duplicates"], second["accepted"]) == (stored, 95 - stored)


def test_an_engine_that_goes_away_ends_the_replay_with_how_far_it_got() -> None:
    numbered_log(LOG, 30)
    with Listener().in_thread() as listener:
        script = listener.script
        listener.on_request = lambda count: script.append((503, {})) if count > 1 else None
        options = ("--batch", 10, "--in-flight", 1, "--give-up-after", "1s")
        ran = attune("replay", LOG, *KIND, "--url", listener.url, "--token", "t", *options)
    assert ran.code == 1
    assert "gave up on line 12; everything up to line 11 is settled" in ran.errors
    assert "running the same command again continues" in ran.errors


def test_refused_lines_are_told_by_number_whoever_refused_them() -> None:
    written(LOG, "user,time,target,value\nann,1,export,1\n,1,export,1\nann,soon,export,1\nann,1,export,13\n")
    with Listener(refuse=lambda element: "unlucky" if element["value"] == 13 else None).in_thread() as listener:
        ran = attune("replay", LOG, *KIND, "--url", listener.url, "--token", "t")
        summary = replayed(listener)
    assert ran.code == 0
    assert "line 3: the user is missing" in ran.output
    assert "line 4: the time 'soon'" in ran.output
    assert "line 5: value: unlucky (WRONG)" in ran.output
    assert (summary["lines"], summary["duplicates"], summary["refused"], summary["refused_by_engine"]) == (4, 1, 3, 1)


def test_a_log_of_which_every_line_is_refused_has_failed() -> None:
    written(LOG, "user,time,target\n,1,export\n")
    with Listener().in_thread() as listener:
        assert replayed(listener, code=1)["refused"] == 1
    assert not listener.requests


def test_a_strict_replay_stops_at_the_first_refused_line() -> None:
    written(LOG, "user,time,target\nann,1,export\n,1,export\nann,1,export\n")
    with Listener().in_thread() as listener:
        summary = replayed(listener, "--strict", code=1)
    assert (summary["outcome"], summary["accepted"], summary["refused"]) == ("stopped", 1, 1)


def test_a_log_that_is_cut_off_is_sent_up_to_there_and_has_failed() -> None:
    numbered_log(LOG, 20_000)
    LOG.write_bytes(LOG.read_bytes()[:-20_000])
    with Listener().in_thread() as listener:
        ran = attune("replay", LOG, *KIND, "--url", listener.url, "--token", "t")
    assert ran.code == 1
    assert "cut off" in ran.errors
    assert 0 < len(listener.stored) < 20_000


def test_a_dry_run_reads_everything_and_sends_nothing() -> None:
    numbered_log(LOG, 95)
    ran = attune("replay", LOG, *KIND, "--dry-run", "--json", "--limit", 50)
    summary = json.loads(ran.output)
    assert (summary["outcome"], summary["lines"], summary["sent"]) == ("parsed", 50, 0)
    assert "lines parsed" in attune("replay", LOG, *KIND, "--dry-run").output


def test_a_token_is_made_with_the_secret_of_the_data_directory() -> None:
    numbered_log(LOG, 3)
    attune("token", "--user", "ann", "--data-dir", "kept")  # makes the secret
    with Listener().in_thread() as listener:
        ran = attune("replay", LOG, *KIND, "--url", listener.url, "--data-dir", "kept")
    assert ran.code == 0
    assert len(listener.tokens) == 1


def test_without_a_secret_and_a_token_nothing_is_sent_and_no_secret_made() -> None:
    numbered_log(LOG, 3)
    assert "give --token" in refusal("replay", LOG, *KIND)
    assert not Path(".attune").exists()


def test_columns_that_do_not_exist_are_refused_with_those_that_do() -> None:
    numbered_log(LOG, 3)
    message = refusal("replay", LOG, *KIND, "--dry-run", "--map", "user=usr,time=time,target=target")
    assert "no column 'usr'; its columns are 'user', 'time', 'target', 'value'" in message


@pytest.mark.parametrize(
    "wrong",
    [
        ("--map", "usr=a"),
        ("--map", "user"),
        ("--kind", "jump"),
        ("--batch", "5001"),
        ("--in-flight", "0"),
        ("--url", "localhost:8000"),
        ("--url", "http://[x"),
        ("--token", "über"),
        ("--give-up-after", "soon"),
    ],
)
def test_wrong_options_are_refused_by_name(wrong: tuple[str, str]) -> None:
    numbered_log(LOG, 3)
    assert wrong[0] in refusal("replay", LOG, *KIND, "--token", "t", *wrong, code=2)


def test_a_kind_that_is_mapped_and_constant_is_refused() -> None:
    numbered_log(LOG, 3)
    assert "--kind" in refusal("replay", LOG, *KIND, "--map", "kind=target", "--dry-run", code=2)
