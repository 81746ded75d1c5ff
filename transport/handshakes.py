"""May this WebSocket be opened, and in which protocol?"""

from urllib.parse import urlsplit

from starlette.types import Scope, Send

HTTP_RESPONSE = "websocket.http.response"


def is_origin_allowed(scope: Scope, origins: frozenset[str]) -> bool:
    """Return whether the page that opens the socket may: one of the same host, of `origins`, or no page at all.

    Browsers send an Origin header always, and apply no same-origin policy of their own to WebSockets. The scheme is not
    compared with ours, because a proxy may have ended TLS.
    """
    headers: dict[bytes, bytes] = dict(scope["headers"])
    origin = headers.get(b"origin")
    if origin is None:
        return True
    text = origin.decode("latin-1").lower()
    return text in origins or _host(text) == headers.get(b"host", b"").decode("latin-1").lower() != ""


def _host(origin: str) -> str:
    """Empty where it has none, or cannot be read."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


async def refuse(scope: Scope, send: Send, status: int) -> None:
    """Answer the handshake with an HTTP status, or with 403 where the server cannot choose one."""
    if HTTP_RESPONSE not in scope.get("extensions", {}):
        await send({"type": "websocket.close"})
        return
    await send({"type": f"{HTTP_RESPONSE}.start", "status": status, "headers": []})
    await send({"type": f"{HTTP_RESPONSE}.body", "body": b""})
