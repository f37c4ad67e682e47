"""Which slice of a list does a page show? Sorting, cutting and cursors, in plain Python."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar
from uuid import UUID

T = TypeVar("T")

DEFAULT_SIZE = 20
Mark = tuple[Any, UUID]


@dataclass(frozen=True, slots=True)
class Item(Generic[T]):
    """One thing in a list, with the value it is sorted by, and that value as PostgreSQL writes it."""

    node: T
    value: Any
    text: str
    id: UUID

    @property
    def mark(self) -> Mark:
        """Where the item stands."""
        return self.value, self.id


@dataclass(frozen=True, slots=True)
class Edge(Generic[T]):
    """An item as a page shows it."""

    node: T
    cursor: str


@dataclass(frozen=True, slots=True)
class PageInfo:
    """The ends of a page."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """What a connection answers."""

    edges: Sequence[Edge[T]]
    nodes: Sequence[T]
    page_info: PageInfo
    total_count: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """The arguments of a page."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None


def cursor(tag: str, item: Item[Any]) -> str:
    """Return the cursor of an item in the order that `tag` names."""
    plain = f"{tag}|{item.text}|{item.id}".encode()
    return base64.urlsafe_b64encode(plain).decode().rstrip("=")


def page(items: Sequence[Item[T]], name: str, bounds: Bounds, *, descending: bool) -> Page[T]:
    """Return the page of a list; `name` names the order."""
    tag = f"{name}.{'DESC' if descending else 'ASC'}"
    ordered = sorted(items, key=lambda item: item.mark, reverse=descending)
    behind = _beyond(bounds.after, items, descending=descending)
    before = _beyond(bounds.before, items, descending=not descending)
    inside = [item for item in ordered if behind(item.mark) and before(item.mark)]
    shown, more = _cut(inside, bounds)
    backward = bounds.last is not None
    outside = before if backward else behind
    elsewhere = any(not outside(item.mark) for item in ordered)
    cursors = [cursor(tag, item) for item in shown]
    info = PageInfo(
        has_next_page=elsewhere if backward else more,
        has_previous_page=more if backward else elsewhere,
        start_cursor=cursors[0] if cursors else None,
        end_cursor=cursors[-1] if cursors else None,
    )
    edges = [Edge(item.node, text) for item, text in zip(shown, cursors, strict=True)]
    return Page(edges, [item.node for item in shown], info, len(items))


def _cut(inside: Sequence[Item[T]], bounds: Bounds) -> tuple[Sequence[Item[T]], bool]:
    """Return the items of the page, and whether it leaves some out at the side it grows to."""
    if bounds.last is not None:
        return inside[-bounds.last :], len(inside) > bounds.last
    size = DEFAULT_SIZE if bounds.first is None else bounds.first
    return inside[:size], len(inside) > size


def _beyond(text: str | None, items: Sequence[Item[Any]], *, descending: bool) -> Callable[[Mark], bool]:
    if text is None:
        return lambda _mark: True
    mark = _mark(text, items)
    return lambda here: bool(here < mark if descending else here > mark)


def _mark(text: str, items: Sequence[Item[Any]]) -> Mark:
    """Return where a cursor points to; it need not be an item of this list."""
    plain = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    _, rest = plain.split("|", 1)
    value, id_ = rest.rsplit("|", 1)
    sample = items[0].value if items else value
    return _like(sample, value), UUID(id_)


def _like(sample: object, text: str) -> Any:  # noqa: ANN401 - whatever the sample is
    """Return the value that PostgreSQL wrote as a text, of the same type as the sample."""
    if isinstance(sample, bool):
        return text == "true"
    if isinstance(sample, datetime):
        return datetime.fromisoformat(text)
    if isinstance(sample, date):
        return date.fromisoformat(text)
    if isinstance(sample, int | float | Decimal | UUID):
        return type(sample)(text)
    return text
