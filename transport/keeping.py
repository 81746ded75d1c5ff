"""Which answers need not be made again, and for how long? Those of which it is known what they were made from.

An answer is kept only if every field of its document is declared as determined, and if the host application can say
what it was made from. It lives exactly as long as that does: it is not trusted for any time, but looked up whether it
would be made from the same again; and once that is gone, so are the bytes.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias

from graphql import FieldNode, GraphQLSchema, TypeInfo, TypeInfoVisitor, TypeNameMetaFieldDef, Visitor, visit
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from graphql import DocumentNode

    from transport.limits import Limits

IsDetermined: TypeAlias = "Callable[[StrawberryField], bool]"
_Key: TypeAlias = "tuple[Hashable, bytes]"

OVERHEAD_BYTES = 1_000
"""What an answer costs in memory besides its bytes and those of its question, about."""


class Source(Protocol):
    """What an answer was made from, besides the request and who asks.

    Must not keep alive what it stands for, or else nobody would learn of its end.
    """

    def is_current(self) -> bool:
        """Would the same request be answered the same now, to the byte?"""
        ...

    def again(self) -> bool:
        """If it is current, note everything that making the answer anew would note: it is given now."""
        ...

    def call_at_end(self, end: Callable[[], None]) -> None:
        """Call this once, as soon as it can never be current again. Called once for every source."""
        ...


@dataclass(slots=True, eq=False)
class Kept:
    """An answer as it goes over the wire.

    `size_bytes`: what it takes to keep it. `was_given`: again, since it was made or was spared.
    """

    source: Source
    body: bytes
    size_bytes: int
    was_given: bool = False
    content_length: bytes = field(init=False)

    def __post_init__(self) -> None:
        self.content_length = b"%d" % len(self.body)


class KeptAnswers:
    """Answers by who asks and what, to the byte, limited by number and by bytes.

    The oldest go first, but for those that were given since they were made or last spared.
    The principal is part of the key: nobody is given what was made for somebody else.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._largest_bytes = min(limits.kept_answer_max_bytes, limits.kept_answers_bytes) if limits.kept_answers else 0
        self._kept: OrderedDict[_Key, Kept] = OrderedDict()
        self.size_bytes = 0
        self.given = 0
        self.made = 0

    def __len__(self) -> int:
        return len(self._kept)

    def answer(self, principal: Hashable, question: bytes) -> Kept | None:
        """The answer, given once more, if it would be made the same now."""
        key = (principal, question)
        kept = self._kept.get(key)
        if kept is None or not kept.source.again():
            self._drop(key, kept)
            return None
        # Moving it to the end of the line would look the key up again; it is spared once it comes to the front.
        kept.was_given = True
        self.given += 1
        return kept

    def keep(self, principal: Hashable, question: bytes, source: Source, body: bytes) -> None:
        """Keep an answer that was made from the source, if it still is current and not too large."""
        size_bytes = len(question) + len(body) + OVERHEAD_BYTES
        if size_bytes > self._largest_bytes or not source.is_current():
            return
        key, kept = (principal, question), Kept(source, body, size_bytes)
        self._drop(key, self._kept.get(key))
        self._kept[key] = kept
        self.size_bytes += size_bytes
        source.call_at_end(lambda: self._drop(key, kept))
        while len(self._kept) > self._limits.kept_answers or self.size_bytes > self._limits.kept_answers_bytes:
            self._let_go()

    def _let_go(self) -> None:
        key, oldest = self._kept.popitem(last=False)
        if oldest.was_given:
            oldest.was_given = False
            self._kept[key] = oldest
        else:
            self.size_bytes -= oldest.size_bytes

    def _drop(self, key: _Key, kept: Kept | None) -> None:
        """Drop this answer, if it is the one that is kept."""
        if kept is not None and self._kept.get(key) is kept:
            del self._kept[key]
            self.size_bytes -= kept.size_bytes


def nothing(_: object) -> bool:
    """Nothing is declared as determined."""
    return False


def is_determined(schema: GraphQLSchema, document: DocumentNode, declared: IsDetermined) -> bool:
    """Is every field of the document declared as determined? The document fits the schema."""
    types = TypeInfo(schema)
    fields = _Fields(types, declared)
    visit(document, TypeInfoVisitor(types, fields))
    return fields.are_determined


class _Fields(Visitor):
    def __init__(self, types: TypeInfo, declared: IsDetermined) -> None:
        super().__init__()
        self._types = types
        self._declared = declared
        self.are_determined = True

    def enter_field(self, _node: FieldNode, *_: object) -> None:
        definition = self._types.get_field_def()
        if definition is TypeNameMetaFieldDef:
            return
        field = definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF) if definition else None
        self.are_determined &= isinstance(field, StrawberryField) and self._declared(field)
