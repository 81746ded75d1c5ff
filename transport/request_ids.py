"""How does every line that is logged during a request say which one it was?"""

from contextvars import ContextVar

from structlog.contextvars import bind_contextvars, reset_contextvars


def _logged(name: str) -> ContextVar[str]:
    """The variable that structlog adds to log lines by this name. To set it takes a sixth of `bind_contextvars`."""
    tokens = bind_contextvars(**{name: ""})
    reset_contextvars(**tokens)
    variable: ContextVar[str] = tokens[name].var
    return variable


LOGGED_REQUEST_ID = _logged("request_id")
