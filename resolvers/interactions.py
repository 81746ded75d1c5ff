"""Who may say what users did, and what did a user do?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.errors import Forbidden, Problem, Refused
from domain.model.interactions import Interaction, InteractionKind
from domain.model.users import UserId
from domain.ports.interactions import InteractionFilter
from domain.rules.documents.reading import Reader, read_target
from domain.rules.interactions import MAX_BATCH, MAX_REPORTED_PROBLEMS
from resolvers.arguments import Document, refusals_as_errors
from resolvers.authorization import TRACK_OTHERS, is_user, signed_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.model.interactions import RecordedInteraction
    from domain.model.pages import Page, PageRequest
    from domain.model.principals import Principal
    from domain.ports.interactions import Receipt
    from resolvers.context import RequestContext


async def of_user(
    context: RequestContext, user_id: UserId, matching: Document | None, page: PageRequest
) -> Page[RecordedInteraction]:
    """Whoever holds a user may read it: see `resolvers.users`."""
    with refusals_as_errors():
        wanted = _filter(matching or {})
        return await context.loaders.interactions.load((user_id, (wanted, page)))


async def track(context: RequestContext, documents: Sequence[Document]) -> Receipt:
    """All of them or none. Raises `Refused` with paths like `("input", "3", "occurredAt")`."""
    own = _writes_as(context.principal)
    if len(documents) <= MAX_BATCH:
        _refuse_others(context.principal, documents)
        _refuse_nobodies(own, documents)
    nobody = own or UserId("")  # refused above, or with the whole batch when that is too large
    return await context.use_cases.track([interaction(document, nobody) for document in documents])


def _writes_as(principal: Principal) -> UserId | None:
    """Whose interactions those without a user are; `None`: they have to name one."""
    own = signed_in(principal)
    return own if is_user(principal) else None


def _refuse_others(principal: Principal, documents: Sequence[Document]) -> None:
    if principal.roles.isdisjoint(TRACK_OTHERS):
        own = principal.user_id
        for document in documents:
            if document.get("userId") not in (None, own):
                raise Forbidden("only services may say what other users did")


def _refuse_nobodies(own: UserId | None, documents: Sequence[Document]) -> None:
    if own is not None:
        return
    message = "a service does nothing itself: say who did this"
    nobodies = [index for index, document in enumerate(documents) if document.get("userId") is None]
    if nobodies:
        raise Refused(
            Problem("REQUIRED", message, ("input", str(index), "userId")) for index in nobodies[:MAX_REPORTED_PROBLEMS]
        )


def interaction(document: Document, own: UserId) -> Interaction:
    """What the document says, unchecked. Runs 5,000 times an operation: positional, and looking up only once."""
    get = document.get
    tags = get("tags")
    return Interaction(
        document["key"],
        own if (user_id := get("userId")) is None else user_id,
        document["kind"],
        document["occurredAt"],
        get("target"),
        get("section"),
        tuple(tags) if tags else (),
        get("device"),
        get("sessionId"),
        get("value"),
        get("properties"),
    )


def _filter(document: Document) -> InteractionFilter:
    reader = Reader(document, ("filter",))
    members = reader.members(optional=("kind", "target", "from", "until"))
    wanted = InteractionFilter(
        kinds=members.read("kind", _read_kinds, None),
        target=members.read("target", read_target, None),
        since=members.read("from", Reader.instant, None),
        until=members.read("until", Reader.instant, None),
    )
    reader.finish()
    return wanted


def _read_kinds(reader: Reader) -> frozenset[InteractionKind] | None:
    return frozenset(reader.items(lambda kind: kind.member(InteractionKind))) or None
