"""Why does a live connection end? Event streams have no close codes, but the same reasons."""

REASON_MAX_BYTES = 123  # RFC 6455, section 5.5.1

# RFC 6455, section 7.4, and its registry.
NORMAL = 1000
MESSAGE_TOO_BIG = 1009
SERVICE_RESTART = 1012
TRY_AGAIN_LATER = 1013
# graphql-transport-ws.
BAD_REQUEST = 4400
UNAUTHORIZED = 4401
FORBIDDEN = 4403
SUBPROTOCOL_NOT_ACCEPTABLE = 4406
CONNECTION_INITIALISATION_TIMEOUT = 4408
SUBSCRIBER_ALREADY_EXISTS = 4409
TOO_MANY_INITIALISATION_REQUESTS = 4429
# The protocol has none for this; as with the same code above, its clients give up instead of trying again.
TOO_MANY_CONNECTIONS = 4429


class Closed(Exception):
    """The connection ends: with a close code, or None when the client has closed it already."""

    def __init__(self, code: int | None, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason.encode()[:REASON_MAX_BYTES].decode(errors="ignore")
