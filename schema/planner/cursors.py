"""Where does a page begin? A cursor keeps the order, the sort value and the id of one row."""

import base64
import binascii
import re
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, Date, DateTime, Float, Integer, Numeric, Text, Uuid, cast, func
from sqlalchemy.types import TypeEngine

from schema.planner.text import Expression, joined, quoted
from service.ground.problems import Invalid

SHAPE = re.compile(r"([A-Z_]+\.(?:ASC|DESC))\|(.*)\|([0-9a-f-]{36})\Z", re.DOTALL)
NOT_A_CURSOR = "This is not a cursor of this connection."
INFINITIES = frozenset({"infinity", "-infinity"})


def cursor_of(order: str, key: Expression, id_: Expression) -> Expression:
    """Return the SQL text of a row's cursor: URL-safe base64 without padding or line breaks."""
    plain = joined([f"{order}|", cast(key, Text), "|", id_])
    encoded = func.encode(func.convert_to(plain, quoted("UTF8")), quoted("base64"), type_=Text)
    return func.translate(encoded, quoted("+/=\n"), quoted("-_"), type_=Text)


def parse(cursor: str, order: str, key_type: TypeEngine[object], *field: str) -> tuple[str, UUID]:
    """Return the sort value (as text) and the id that a cursor keeps; raises Invalid for any other text."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        plain = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
        match = SHAPE.match(plain)
        value, id_ = (match[2], UUID(match[3])) if match else (plain, None)
        _reader(key_type)(value)
    except (ValueError, KeyError, binascii.Error) as error:
        raise Invalid(*field, reason=NOT_A_CURSOR) from error
    if match is None or id_ is None:
        raise Invalid(*field, reason=NOT_A_CURSOR)
    if match[1] != order:
        raise Invalid(*field, reason=f"This cursor belongs to the order {match[1]}, not to {order}.")
    return value, id_


def _reader(type_: TypeEngine[object]) -> Callable[[str], object]:
    """Return what checks that a text is a value of the column's type."""
    if isinstance(type_, DateTime | Date):
        return lambda text: text if text in INFINITIES else datetime.fromisoformat(text)
    if isinstance(type_, Integer):
        return int
    if isinstance(type_, Float | Numeric):
        return float
    if isinstance(type_, Uuid):
        return UUID
    if isinstance(type_, Boolean):
        return {"true": True, "false": False}.__getitem__
    return str
