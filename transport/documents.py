"""Is this document one that the schema can run? Every text is parsed and validated once.

Errors are found without suggestions ("Did you mean ...?"), which would tell the schema to those who may not introspect
it, and cost more than everything else; who may is told the errors `with_suggestions`.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    Visitor,
    parse,
    validate,
    visit,
)

from transport.blueprints import Blueprint
from transport.compiling.operations import CompiledOperation
from transport.extents import ASSUMED_PAGE, Pages, excesses, page_variables
from transport.keeping import IsDetermined, is_determined, nothing
from transport.limits import Limits
from transport.manifests import PREFIX, Manifest, ManifestRefused

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
MAX_VALIDATION_ERRORS = 20
# `__typename` is a field like others: clients use it to tell what they got.
INTROSPECTION = frozenset({"__schema", "__type"})


@dataclass(frozen=True, slots=True)
class Prepared:
    """A parsed document, or the errors that keep it from being run.

    fields          the names of all fields that it mentions
    introspects     it asks for the schema
    is_determined   every field of it is declared to be
    page_variables  they say how long lists may be
    compiled        its operations that were run, by their names ("" for none)
    blueprints      the same, by what requests call them
    """

    document: DocumentNode | None
    errors: tuple[GraphQLError, ...] = ()
    fields: frozenset[str] = frozenset()
    introspects: bool = False
    page_variables: frozenset[str] = frozenset()
    is_determined: bool = False
    compiled: dict[str, CompiledOperation] = field(default_factory=dict)
    blueprints: dict[str | None, Blueprint] = field(default_factory=dict)


class Documents:
    """Prepares documents, and remembers the most recently used ones with their errors.

    Those of a manifest are prepared at once, and never forgotten.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: Limits,
        manifest: Manifest | None = None,
        *,
        declared: IsDetermined = nothing,
    ) -> None:
        """`declared`: is a field declared as determined?

        Raises ManifestRefused where a document of the manifest does not fit the schema or the limits.
        """
        self._schema = schema
        self._declared = declared
        self._limits = limits
        self._pages = Pages.of(schema)
        self._prepared: OrderedDict[str, Prepared] = OrderedDict()
        self._characters = 0
        self.only_trusted = manifest is not None
        self._texts: Mapping[str, str] = manifest.texts if manifest else {}
        self._trusted = {text: self._prepare(text) for text in self._texts.values()}
        if problems := [problem for name, text in self._texts.items() for problem in self._problems(name, text)]:
            raise ManifestRefused(problems)

    def __len__(self) -> int:
        return len(self._prepared)

    def text_of(self, document_id: str) -> str | None:
        """The text of the trusted document that a client names."""
        return self._texts.get(document_id.removeprefix(PREFIX))

    def trusted(self, text: str) -> Prepared | None:
        return self._trusted.get(text)

    def with_suggestions(self, text: str) -> tuple[GraphQLError, ...]:
        """The errors of a document, with what may have been meant. They are found anew: nobody asks often."""
        return self._prepare(text, hide_suggestions=False).errors

    def prepared(self, text: str) -> Prepared:
        known = self._prepared.get(text)
        if known is not None:
            self._prepared.move_to_end(text)
            return known
        prepared = self._prepare(text)
        self._remember(text, prepared)
        return prepared

    def errors_of(self, document: DocumentNode, *, hide_suggestions: bool = False) -> list[GraphQLError]:
        """Measure a document, then validate it: some of the specification's rules take time quadratic in its size."""
        return excesses(document, self._limits, self._pages) or validate(
            self._schema, document, max_errors=MAX_VALIDATION_ERRORS, hide_suggestions=hide_suggestions
        )

    def excesses_with(self, prepared: Prepared, variables: Mapping[str, object]) -> list[GraphQLError]:
        """Measure a document again if a list of it is to be longer than was assumed."""
        sizes = {name: variables.get(name) for name in prepared.page_variables}
        large = {name: size for name, size in sizes.items() if isinstance(size, int) and size > ASSUMED_PAGE}
        if not large or prepared.document is None:
            return []
        return excesses(prepared.document, self._limits, replace(self._pages, variables=large))

    def _prepare(self, text: str, *, hide_suggestions: bool = True) -> Prepared:
        limits = self._limits
        try:
            document = parse(
                text,
                max_lexical_tokens=limits.document_max_tokens,
                max_comments=limits.document_max_comments,
                max_source_length=limits.document_max_characters,
            )
        except GraphQLSyntaxError as error:
            return Prepared(None, (_lasting(error, PARSE_FAILED),))
        errors = self.errors_of(document, hide_suggestions=hide_suggestions)
        if errors:
            return Prepared(document, tuple(_lasting(error, VALIDATION_FAILED) for error in errors))
        return _mentioning(document, determined=is_determined(self._schema, document, self._declared))

    def _problems(self, name: str, text: str) -> Iterator[str]:
        if self._trusted[text].errors:
            for error in self.with_suggestions(text):
                line, column = error.locations[0] if error.locations else (1, 1)
                yield f"{PREFIX}{name}:{line}:{column}: {error.message}"

    def _remember(self, text: str, prepared: Prepared) -> None:
        if len(text) > self._limits.document_max_characters:
            return
        self._prepared[text] = prepared
        self._characters += len(text)
        while (
            len(self._prepared) > self._limits.cached_documents
            or self._characters > self._limits.cached_document_characters
        ):
            oldest, _ = self._prepared.popitem(last=False)
            self._characters -= len(oldest)


def _lasting(error: GraphQLError, code: str) -> GraphQLError:
    """Return the error with a code, and without the frames and causes that would live as long as the cache."""
    extensions = {"code": code, **(error.extensions or {})}
    return GraphQLError(error.message, source=error.source, positions=error.positions, extensions=extensions)


def _mentioning(document: DocumentNode, *, determined: bool) -> Prepared:
    names: set[str] = set()
    variables: set[str] = set()

    class Fields(Visitor):
        @staticmethod
        def enter_field(node: FieldNode, *_: object) -> None:
            names.add(node.name.value)
            variables.update(page_variables(node))

    visit(document, Fields())
    return Prepared(
        document,
        fields=frozenset(names),
        introspects=not INTROSPECTION.isdisjoint(names),
        is_determined=determined,
        page_variables=frozenset(variables),
    )
