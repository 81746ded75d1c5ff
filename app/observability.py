"""What does the engine write about itself, and what does it never write?"""

import hashlib
import hmac
import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from app.settings import LogFormat, LogLevel

SECRET_FIELDS = frozenset({"authorization", "token", "secret", "password", "cookie", "set-cookie", "access_token"})
USER_FIELDS = frozenset({"user_id", "user", "sub", "anonymous_id"})
REDACTED = "[redacted]"
HASH_CHARACTERS = 12
NESTING_LIMIT = 8
# A JWT or a Bearer header inside any text: a URL, an exception's message.
TOKEN_IN_TEXT = re.compile(r"(?i:bearer)\s+[\w.~+/=-]+|\beyJ[\w-]+\.[\w-]+\.[\w-]*")
PASSWORD_IN_URL = re.compile(r"(?<=://)([^\s:/@]*):([^\s/@]+)@")
QUIET_LOGGERS = ("httpx2", "httpcore2", "asyncio")
ADOPTED_LOGGERS = ("uvicorn", "uvicorn.error", "uvicorn.access", "sqlalchemy", "alembic")


def configure_logging(log_format: LogFormat, level: LogLevel, user_key: bytes, *, stream: TextIO | None = None) -> None:
    """Send every line, structlog's and the standard library's, through one chain to `stream` (standard error).

    User ids are written as hashes with `user_key`: the same for one user wherever the key is the same.
    """
    shared = _shared_processors(user_key)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    target = stream or sys.stderr
    handler = logging.StreamHandler(target)
    handler.setFormatter(_formatter(log_format, shared, colors=target.isatty()))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    _adopt_standard_loggers()


def _adopt_standard_loggers() -> None:
    for name in ADOPTED_LOGGERS:
        adopted = logging.getLogger(name)
        adopted.handlers = []
        adopted.propagate = True
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)


def _shared_processors(user_key: bytes) -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        Redactor(user_key),
    ]


def _formatter(log_format: LogFormat, shared: list[Processor], *, colors: bool) -> logging.Formatter:
    renderer: Processor = (
        structlog.processors.JSONRenderer(serializer=_to_json)
        if log_format is LogFormat.JSON
        else structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )


def _to_json(value: object, **_options: object) -> str:
    return orjson.dumps(value, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()


class Redactor:
    """Hides secrets by field name and by shape, and replaces user ids by keyed hashes."""

    def __init__(self, user_key: bytes) -> None:
        self._user_key = user_key

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        del logger, method
        return {name: value if name.startswith("_") else self._safe(name, value, 0) for name, value in event.items()}

    def _safe(self, name: str, value: object, depth: int) -> object:
        lowered = name.lower()
        if lowered in SECRET_FIELDS:
            return REDACTED
        if lowered in USER_FIELDS and value is not None:
            return self._hashed(str(value))
        if isinstance(value, str):
            return _without_tokens(value)
        if depth >= NESTING_LIMIT:
            return REDACTED
        return self._safe_inside(name, value, depth + 1)

    def _safe_inside(self, name: str, value: object, depth: int) -> object:
        if isinstance(value, Mapping):
            return {key: self._safe(str(key), inner, depth) for key, inner in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._safe(name, inner, depth) for inner in value]
        if value is None or isinstance(value, bool | int | float):
            return value
        return _without_tokens(repr(value))

    def _hashed(self, user: str) -> str:
        digest: Any = hmac.new(self._user_key, user.encode(errors="replace"), hashlib.sha256)
        return f"user:{digest.hexdigest()[:HASH_CHARACTERS]}"


def _without_tokens(text: str) -> str:
    return PASSWORD_IN_URL.sub(rf"\1:{REDACTED}@", TOKEN_IN_TEXT.sub(REDACTED, text))
