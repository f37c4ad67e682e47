"""How do lists that can grow look? Pages of edges, as the Relay specification has them, plus `nodes`."""

from typing import Generic, TypeVar

import strawberry

from schema.ground.fields import value

NodeT = TypeVar("NodeT")


@strawberry.type(description="Where a page lies within its connection.")
class PageInfo:
    """The ends of a page."""

    has_next_page: bool = value("Whether items follow the page's last.")
    has_previous_page: bool = value("Whether items precede the page's first.")
    start_cursor: str | None = value("The cursor of the page's first item; null on an empty page.")
    end_cursor: str | None = value("The cursor of the page's last item; null on an empty page.")


@strawberry.type(description="One item of a page, with its place.")
class Edge(Generic[NodeT]):
    """An item and its cursor."""

    node: NodeT = value("The item.")
    cursor: str = value("The item's place in this order, for `after` and `before`.")


@strawberry.type(description="A page of items, and what is known of all of them.")
class Connection(Generic[NodeT]):
    """One page."""

    edges: list[Edge[NodeT]] = value("The items with their cursors.")
    nodes: list[NodeT] = value("The items.")
    page_info: PageInfo = value("Where the page lies.")
    total_count: int | None = value(
        "How many items there are on all pages; counted only when it is asked for."
    )
