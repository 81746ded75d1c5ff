"""How large can the answer to a document become, known before anything of it is validated or run?

Every fragment is measured once and remembered, so the work is linear in the length of the document, also where the
answer would be exponential in it: chained fragments that double at each step are counted, never unfolded.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    IntValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
)

from transport.limits import Limits

TOO_COMPLEX = "DOCUMENT_TOO_COMPLEX"
PAGE_ARGUMENTS = frozenset({"first", "last", "limit"})
# The size of a page that only a variable tells, unknown while a document is prepared for any variables.
ASSUMED_PAGE = 100
# No page is larger than a GraphQL Int; a longer literal is refused by the specification's rules.
INT_DIGITS = 10
# Selections, inline fragments and spreads inside each other; protects the interpreter's stack.
MAX_NESTING = 150


class _NestedTooDeeply(Exception):
    pass


@dataclass(frozen=True, slots=True)
class Extent:
    """The size of one selection set with all its fragments unfolded.

    depth        levels of fields; 1 for `{ a }`
    root_fields  fields of its first level
    fields       fields of all levels
    aliases      fields of all levels that are renamed
    cost         fields of all levels, those beneath a page counted once for every element of the full page
    """

    depth: int = 0
    root_fields: int = 0
    fields: int = 0
    aliases: int = 0
    cost: int = 0

    def beside(self, other: "Extent") -> "Extent":
        """Return the extent of both in one selection set."""
        return Extent(
            max(self.depth, other.depth),
            self.root_fields + other.root_fields,
            self.fields + other.fields,
            self.aliases + other.aliases,
            self.cost + other.cost,
        )

    def beneath(self, field: FieldNode) -> "Extent":
        """Return the extent of a field that has this one as its selection set."""
        return Extent(
            self.depth + 1,
            1,
            self.fields + 1,
            self.aliases + (field.alias is not None),
            self.cost * _page_size(field) + 1,
        )


NOTHING = Extent()


def excesses(document: DocumentNode, limits: Limits) -> list[GraphQLError]:
    """Return one error for every limit that an operation of the document exceeds."""
    definitions = document.definitions
    extents = _Extents({d.name.value: d for d in definitions if isinstance(d, FragmentDefinitionNode)})
    operations = [d for d in definitions if isinstance(d, OperationDefinitionNode)]
    try:
        return [excess for operation in operations for excess in _excesses_of(operation, extents, limits)]
    except _NestedTooDeeply:
        return [_excess("depth", limits.max_depth, None)]


def _excesses_of(operation: OperationDefinitionNode, extents: "_Extents", limits: Limits) -> Iterator[GraphQLError]:
    extent = extents.of(operation.selection_set, 0)
    bounds = {
        "depth": (extent.depth, limits.max_depth),
        "number of root fields": (extent.root_fields, limits.max_root_fields),
        "number of fields": (extent.fields, limits.max_fields),
        "number of aliases": (extent.aliases, limits.max_aliases),
        "cost": (extent.cost, limits.max_cost),
    }
    # The figure found is not told: an attacker's may have thousands of digits.
    return (_excess(what, bound, operation) for what, (found, bound) in bounds.items() if found > bound)


def _excess(what: str, bound: int, operation: OperationDefinitionNode | None) -> GraphQLError:
    return GraphQLError(
        f"The operation's {what} exceeds the limit of {bound}.", operation, extensions={"code": TOO_COMPLEX}
    )


class _Extents:
    """Measures selection sets, each fragment once."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._measured: dict[str, Extent] = {}

    def of(self, selection_set: SelectionSetNode | None, nesting: int) -> Extent:
        if nesting > MAX_NESTING:
            raise _NestedTooDeeply
        total = NOTHING
        for selection in selection_set.selections if selection_set else ():
            total = total.beside(self._of_selection(selection, nesting + 1))
        return total

    def _of_selection(self, selection: SelectionNode, nesting: int) -> Extent:
        if isinstance(selection, FragmentSpreadNode):
            return self._of_fragment(selection.name.value, nesting)
        # Fields and inline fragments are all that is left, and both have a selection set.
        inner = self.of(getattr(selection, "selection_set", None), nesting)
        return inner.beneath(selection) if isinstance(selection, FieldNode) else inner

    def _of_fragment(self, name: str, nesting: int) -> Extent:
        fragment = self._fragments.get(name)
        if fragment is None:
            return NOTHING  # the specification's rules report it
        if name not in self._measured:
            self._measured[name] = NOTHING  # what a cycle adds; the specification's rules report that too
            self._measured[name] = self.of(fragment.selection_set, nesting)
        return self._measured[name]


def _page_size(field: FieldNode) -> int:
    sizes = [
        int(argument.value.value[:INT_DIGITS]) if isinstance(argument.value, IntValueNode) else ASSUMED_PAGE
        for argument in field.arguments or ()
        if argument.name.value in PAGE_ARGUMENTS and isinstance(argument.value, IntValueNode | VariableNode)
    ]
    return max(1, *sizes) if sizes else 1
