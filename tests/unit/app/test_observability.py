"""What stands in a log line, and what never does?"""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from structlog.contextvars import bound_contextvars

from app.observability import configure_logging
from app.settings import LogFormat, LogLevel

USER_KEY = b"k" * 32
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl"


class Log:
    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture(autouse=True)
def _restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.fixture
def log() -> Log:
    log = Log()
    configure_logging(LogFormat.JSON, LogLevel.INFO, USER_KEY, stream=log.stream)
    return log


def test_a_line_has_time_level_logger_and_fields(log: Log) -> None:
    structlog.get_logger("attune.test").info("rule changed", revision=3)
    (line,) = log.lines
    assert line["event"] == "rule changed"
    assert (line["level"], line["logger"], line["revision"]) == ("info", "attune.test", 3)
    assert line["timestamp"].endswith("Z")


def test_the_standard_library_goes_through_the_same_chain(log: Log) -> None:
    with bound_contextvars(request_id="r-1"):
        logging.getLogger("uvicorn.error").warning("closed %s", f"Bearer {TOKEN}")
    (line,) = log.lines
    assert line["event"] == "closed [redacted]"
    assert line["request_id"] == "r-1"


def test_the_request_id_ends_with_its_request(log: Log) -> None:
    with bound_contextvars(request_id="r-1"):
        structlog.get_logger().info("inside")
    structlog.get_logger().info("outside")
    assert [line.get("request_id") for line in log.lines] == ["r-1", None]


def test_lines_below_the_level_are_left_out(log: Log) -> None:
    structlog.get_logger().debug("detail")
    logging.getLogger("alembic").debug("detail")
    assert log.text == ""


@pytest.mark.parametrize("field", ["token", "authorization", "Authorization", "password", "cookie"])
def test_secret_fields_are_redacted_at_any_depth(log: Log, field: str) -> None:
    structlog.get_logger().info("request", **{field: "hush"}, headers=[{field: "hush"}], deep={"a": {field: "hush"}})
    assert "hush" not in log.text


def test_tokens_and_passwords_inside_texts_are_redacted(log: Log) -> None:
    structlog.get_logger().info(f"got {TOKEN}", url="postgresql://attune:hush@db/x", shown=[f"bearer {TOKEN}"])
    assert TOKEN not in log.text
    assert "hush" not in log.text


def test_an_exception_is_logged_without_the_token_in_its_message(log: Log) -> None:
    try:
        int(TOKEN)
    except ValueError:
        structlog.get_logger().exception("failed")
        logging.getLogger("sqlalchemy").exception("failed")
    assert len(log.lines) == 2
    assert all("ValueError" in line["exception"] for line in log.lines)
    assert TOKEN not in log.text


def test_user_ids_become_hashes_that_stay_comparable(log: Log) -> None:
    structlog.get_logger().info("one", user_id="ann@example.org")
    structlog.get_logger().info("two", user_id="ann@example.org")
    structlog.get_logger().info("three", user_id="bob", seen={"user_id": "ann@example.org"})
    first, second, third = log.lines
    assert first["user_id"] == second["user_id"] == third["seen"]["user_id"] != third["user_id"]
    assert "ann" not in log.text


def test_self_containing_values_do_not_hang_the_logger(log: Log) -> None:
    loop: list[object] = []
    loop.append(loop)
    structlog.get_logger().info("loop", value=loop)
    assert len(log.lines) == 1


def test_the_console_format_is_for_people() -> None:
    log = Log()
    configure_logging(LogFormat.CONSOLE, LogLevel.INFO, USER_KEY, stream=log.stream)
    try:
        int("boom")
    except ValueError:
        structlog.get_logger().exception("failed", place="login")
    assert "failed" in log.text
    assert "place=login" in log.text
    assert "ValueError: invalid literal" in log.text
