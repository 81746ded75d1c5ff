"""Which documents do an application's source files hold, and does each fit the schema and the limits?

Every operation becomes one document: itself and the fragments that it uses, from whichever file, printed anew. Whatever
is wrong is told with the place in the file where it is written.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Self, TypeVar

from graphql import (
    DefinitionNode,
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    NoUnusedFragmentsRule,
    OperationDefinitionNode,
    Source,
    Visitor,
    parse,
    print_ast,
    specified_rules,
    validate,
    visit,
)

from transport.documents import Documents
from transport.limits import Limits

# What an application does not use yet is checked all the same.
RULES_OF_FRAGMENTS = tuple(rule for rule in specified_rules if rule is not NoUnusedFragmentsRule)

D = TypeVar("D", OperationDefinitionNode, FragmentDefinitionNode)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something wrong in a source, told as editors understand it."""

    source: str
    line: int
    column: int
    message: str

    @classmethod
    def told(cls, error: GraphQLError) -> Self:
        """Tell an error by its first place; whatever is found here has one."""
        (place, *_), source = error.locations or [], error.source
        return cls(source.name if source else "", place.line, place.column, error.message)

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}: {self.message}"


@dataclass(frozen=True, slots=True)
class Assembly:
    """The texts of the documents, and all problems in the order of their places."""

    texts: tuple[str, ...]
    problems: tuple[Problem, ...]


def assembled(sources: Iterable[Source], schema: GraphQLSchema, limits: Limits) -> Assembly:
    """Make documents of everything that the sources hold."""
    parts, fitting = _Parts(), Documents(schema, limits)
    errors = [error for source in sources for error in parts.take(source)]
    documents = [parts.document(operation) for operation in parts.operations.values()]
    for document in documents:
        errors.extend(_errors(document, fitting))
    for fragment in parts.unused(documents):
        errors.extend(validate(schema, parts.document(fragment), RULES_OF_FRAGMENTS))
    # Two operations that use the same fragment have the same problems with it.
    problems = {Problem.told(error) for error in errors}
    return Assembly(tuple(map(print_ast, documents)), tuple(sorted(problems)))


@dataclass(slots=True)
class _Parts:
    """The operations and fragments of all sources, by their names."""

    operations: dict[str, OperationDefinitionNode] = field(default_factory=dict)
    fragments: dict[str, FragmentDefinitionNode] = field(default_factory=dict)

    def take(self, source: Source) -> Iterator[GraphQLError]:
        try:
            definitions = parse(source).definitions
        except GraphQLSyntaxError as error:
            yield error
            return
        for definition in definitions:
            match definition:
                case OperationDefinitionNode(name=None):
                    yield GraphQLError("Operations need a name here, by which they are told apart.", definition)
                case OperationDefinitionNode():
                    yield from _kept(self.operations, definition)
                case FragmentDefinitionNode():
                    yield from _kept(self.fragments, definition)
                case _:
                    yield GraphQLError("Only operations and fragments belong here; this is a schema.", definition)
                    return

    def document(self, root: OperationDefinitionNode | FragmentDefinitionNode) -> DocumentNode:
        """The definition with the fragments that it uses, directly or not, in the order of their names."""
        used: dict[str, FragmentDefinitionNode] = {}
        waiting: list[DefinitionNode] = [root]
        while waiting:
            for name in _spreads(waiting.pop()) & (self.fragments.keys() - used.keys()):
                used[name] = self.fragments[name]
                waiting.append(used[name])
        return DocumentNode(definitions=(root, *(used[name] for name in sorted(used) if used[name] is not root)))

    def unused(self, documents: Iterable[DocumentNode]) -> list[FragmentDefinitionNode]:
        used = {id(definition) for document in documents for definition in document.definitions}
        return [fragment for fragment in self.fragments.values() if id(fragment) not in used]


def _kept(known: dict[str, D], definition: D) -> Iterator[GraphQLError]:
    if definition.name is None:  # told from others by the caller
        return
    name = definition.name.value
    if name in known:
        first = Problem.told(GraphQLError("", known[name]))
        yield GraphQLError(f"The name {name} is taken by {first.source}:{first.line}.", definition)
    known.setdefault(name, definition)


def _spreads(node: DefinitionNode) -> set[str]:
    """The names of the fragments that are spread in a definition."""
    names: set[str] = set()

    class Spreads(Visitor):
        @staticmethod
        def enter_fragment_spread(spread: FragmentSpreadNode, *_: object) -> None:
            names.add(spread.name.value)

    visit(node, Spreads())
    return names


def _errors(document: DocumentNode, fitting: Documents) -> list[GraphQLError]:
    errors = fitting.prepared(print_ast(document)).errors
    if not errors:
        return []
    # The same once more, to find them where they are written. The text alone has a length and a number of tokens.
    return fitting.errors_of(document) or [GraphQLError(error.message, document.definitions[0]) for error in errors]
