"""How is a list that can grow read page by page?"""

from collections.abc import Callable
from typing import Annotated, Generic, Self, TypeAlias, TypeVar

import strawberry

from domain.model.pages import Page

Node = TypeVar("Node")
Item = TypeVar("Item")

First: TypeAlias = Annotated[
    int | None, strawberry.argument(description="How many items at most: 1 to 100. Null means the default.")
]
After: TypeAlias = Annotated[
    str | None, strawberry.argument(description="The cursor of the item behind which to continue.")
]


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Are there items behind the last one?")
    has_previous_page: bool = strawberry.field(description="Was this page asked for behind a cursor?")
    start_cursor: str | None = strawberry.field(description="The cursor of the first item; null on an empty page.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last item; null on an empty page.")


@strawberry.type(description="One item of a page.")
class Edge(Generic[Node]):
    node: Node = strawberry.field(description="The item.")
    cursor: str = strawberry.field(description="Identifies the item's place: `after: cursor` continues behind it.")


@strawberry.type(description="One page of a list that can grow. Cursors stay valid while the list changes.")
class Connection(Generic[Node]):
    edges: list[Edge[Node]] = strawberry.field(description="The items of this page, in order.")
    page_info: PageInfo = strawberry.field(description="Where this page lies in the list.")

    @classmethod
    def of(cls, page: Page[Item], translate: Callable[[Item], Node], after: str | None) -> Self:
        cursors = page.cursors
        return cls(
            edges=[Edge(node=translate(item), cursor=cursor) for item, cursor in zip(page.items, cursors, strict=True)],
            page_info=PageInfo(
                has_next_page=page.has_next,
                has_previous_page=after is not None,
                start_cursor=cursors[0] if cursors else None,
                end_cursor=cursors[-1] if cursors else None,
            ),
        )
