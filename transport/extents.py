"""How large can the answer to a document become, known before anything of it is validated or run?

Every fragment is measured once and remembered, so the work is linear in the length of the document, also where the
answer would be exponential in it: chained fragments that double at each step are counted, never unfolded.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    IntValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
)
from graphql.utilities.coerce_input_value import coerce_default_value

from transport.limits import Limits

TOO_COMPLEX = "DOCUMENT_TOO_COMPLEX"
PAGE_ARGUMENTS = frozenset({"first", "last", "limit"})
# The size of a page that only a variable tells, while a document is prepared for any variables. Whoever sends more is
# measured again.
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
    nesting      selections of any kind inside each other
    """

    depth: int = 0
    root_fields: int = 0
    fields: int = 0
    aliases: int = 0
    cost: int = 0
    nesting: int = 0

    def beside(self, other: "Extent") -> "Extent":
        """Return the extent of both in one selection set."""
        return Extent(
            max(self.depth, other.depth),
            self.root_fields + other.root_fields,
            self.fields + other.fields,
            self.aliases + other.aliases,
            self.cost + other.cost,
            max(self.nesting, other.nesting),
        )

    def beneath(self, field: FieldNode, page_size: int) -> "Extent":
        """Return the extent of a field that has this one as its selection set, once for each element of a page."""
        return Extent(
            self.depth + 1,
            1,
            self.fields + 1,
            self.aliases + (field.alias is not None),
            self.cost * page_size + 1,
            self.nesting + 1,
        )

    def within(self) -> "Extent":
        """Return the extent of a fragment that has this one as its selection set."""
        return replace(self, nesting=self.nesting + 1)


NOTHING = Extent()


@dataclass(frozen=True, slots=True)
class Pages:
    """How long may the lists be that fields answer with?

    defaults   by a field's name, whatever its type: the largest page where the document says nothing
    variables  by a variable's name: its value, if that is larger than what is assumed
    """

    defaults: Mapping[str, int] = field(default_factory=dict)
    variables: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, schema: GraphQLSchema) -> "Pages":
        defaults: dict[str, int] = {}
        for type_ in schema.type_map.values():
            if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
                for name, declared in type_.fields.items():
                    sizes = (_default(declared.args[page]) for page in PAGE_ARGUMENTS & declared.args.keys())
                    defaults[name] = max(1, defaults.get(name, 1), *sizes)
        return cls({name: size for name, size in defaults.items() if size > 1})

    def size(self, asked: FieldNode) -> int:
        """The longest that an argument of this field allows."""
        default = self.defaults.get(asked.name.value, 1)
        pages = [argument.value for argument in asked.arguments or () if argument.name.value in PAGE_ARGUMENTS]
        sizes = [_integer(page) for page in pages if isinstance(page, IntValueNode)]
        sizes += [max(default, self.variables.get(name, ASSUMED_PAGE)) for name in page_variables(asked)]
        return max(1, *sizes) if sizes else default


def page_variables(asked: FieldNode) -> list[str]:
    """Return the names of the variables that say how long the field's list may be."""
    return [
        argument.value.name.value
        for argument in asked.arguments or ()
        if argument.name.value in PAGE_ARGUMENTS and isinstance(argument.value, VariableNode)
    ]


def _default(argument: GraphQLArgument) -> int:
    try:
        default = coerce_default_value(argument)
    except Exception:  # noqa: BLE001 - graphql-core raises it again wherever the invalid default is needed
        return 1
    return default if isinstance(default, int) else 1


def _declared_defaults(operations: Iterable[OperationDefinitionNode]) -> dict[str, int]:
    """The values that variables have where none is sent, if they are larger than what is assumed."""
    defaults: dict[str, int] = {}
    for operation in operations:
        for definition in operation.variable_definitions or ():
            if isinstance(definition.default_value, IntValueNode):
                name, size = definition.variable.name.value, _integer(definition.default_value)
                defaults[name] = max(defaults.get(name, ASSUMED_PAGE), size)
    return defaults


def _integer(node: IntValueNode) -> int:
    return int(node.value[:INT_DIGITS])


def excesses(document: DocumentNode, limits: Limits, pages: Pages) -> list[GraphQLError]:
    """Return one error for every limit that an operation of the document exceeds."""
    definitions = document.definitions
    operations = [d for d in definitions if isinstance(d, OperationDefinitionNode)]
    pages = replace(pages, variables={**_declared_defaults(operations), **pages.variables})
    extents = _Extents({d.name.value: d for d in definitions if isinstance(d, FragmentDefinitionNode)}, pages)
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

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode], pages: Pages) -> None:
        self._fragments = fragments
        self._pages = pages
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
        return (
            inner.beneath(selection, self._pages.size(selection))
            if isinstance(selection, FieldNode)
            else inner.within()
        )

    def _of_fragment(self, name: str, nesting: int) -> Extent:
        fragment = self._fragments.get(name)
        if fragment is None:
            return NOTHING  # the specification's rules report it
        if name not in self._measured:
            self._measured[name] = NOTHING  # what a cycle adds; the specification's rules report that too
            self._measured[name] = self.of(fragment.selection_set, nesting).within()
        measured = self._measured[name]
        if nesting + measured.nesting > MAX_NESTING:  # it may have been measured where it is not so deep
            raise _NestedTooDeeply
        return measured
