"""Who may say what users did, and what did a user do?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.errors import Forbidden, Problem, Refused
from domain.model.interactions import InteractionColumns, InteractionKind
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


_OPTIONAL = ("userId", "target", "section", "tags", "device", "sessionId", "value", "properties")


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
    return await context.use_cases.track(interactions(documents, nobody))


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


def interactions(documents: Sequence[Document], own: UserId) -> InteractionColumns:
    """What the documents say, unchecked. Runs 5,000 times an operation: column by column, without single ones."""
    said = {name: [document.get(name) for document in documents] for name in _OPTIONAL}
    user_ids: list[UserId] = [own if user_id is None else user_id for user_id in said["userId"]]
    return InteractionColumns(
        [document["key"] for document in documents],
        user_ids,
        [document["kind"] for document in documents],
        [document["occurredAt"] for document in documents],
        said["target"],
        said["section"],
        [tuple(tags) if tags else () for tags in said["tags"]],
        said["device"],
        said["sessionId"],
        said["value"],
        said["properties"],
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
