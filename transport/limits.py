"""How much may one client ask of this endpoint?"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on everything a client can make grow; the defaults let GraphiQL's introspection query through."""

    # One HTTP request. A bulk mutation of some thousand elements must fit.
    body_max_bytes: int = 8 * 1024 * 1024
    # Of those whom the gate trusts: whole sets of definitions are sent by administrators at once.
    trusted_body_max_bytes: int = 64 * 1024 * 1024
    operation_timeout_seconds: float = 30.0

    # One document, measured before it is validated (see transport.extents for the units).
    document_max_characters: int = 64 * 1024
    document_max_tokens: int = 2_000
    document_max_comments: int = 200
    max_depth: int = 16
    max_root_fields: int = 30
    max_fields: int = 1_000
    max_aliases: int = 60
    max_cost: int = 50_000

    # All documents that are remembered together.
    cached_documents: int = 1_000
    cached_document_characters: int = 1_000_000

    # Answers to events that many subscribers are sent alike.
    shared_answers: int = 1_000

    # Event streams. Proxies end connections on which nothing is sent, most after a minute.
    keep_alive_seconds: float = 12.0

    # WebSockets and event streams together.
    max_connections: int = 20_000
    max_connections_per_user: int = 100
    # Answers that are given again as they are; 0 keeps none.
    kept_answers: int = 20_000
    kept_answers_bytes: int = 64 * 1024 * 1024
    kept_answer_max_bytes: int = 64 * 1024

    # WebSockets.
    connection_init_timeout_seconds: float = 10.0
    message_max_bytes: int = 256 * 1024
    max_operations_per_connection: int = 100

    # WebSockets and event streams: a client that reads nothing for so long is given up.
    send_timeout_seconds: float = 20.0
