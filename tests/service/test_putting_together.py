"""Do many statements become one without a row that is lost, moved or mixed up?"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg.pgproto.pgproto
import orjson
import pytest

from service.customers.tables import Segment
from service.feedback.tables import Survey
from service.ground.statements import Part, Rows, Shown, Unlike, Written, column_arrays, put_together
from service.touchpoints.tables import Channel

TENANT = UUID(int=1)
SHOWN = Shown("SELECT $1, $2", "segment", parameters=2, ids=0)
AT = datetime(2026, 11, 22, 9, 30, 0, 125, UTC)


def test_of_single_rows_each_becomes_an_object() -> None:
    written = Written((Part(Segment, ("id", "key", "name"), Rows.ONE),), shown=SHOWN)
    several = [([n], "now", TENANT, n, f"key {n}", None if n else "named") for n in range(3)]

    *head, rows = put_together(written, several)
    assert head == [[0, 1, 2], "now", TENANT]
    assert _read(rows) == [
        {"id": 0, "key": "key 0", "name": "named"},
        {"id": 1, "key": "key 1", "name": None},
        {"id": 2, "key": "key 2", "name": None},
    ]


def test_of_several_rows_the_lists_are_joined() -> None:
    first: list[dict[str, object]] = [{"id": 1, "name": None}, {"id": 2, "name": None}]
    second: list[dict[str, object]] = [{"id": 3, "name": "c"}, {"id": 4, "name": None}]
    several = [(TENANT, *column_arrays(rows, ("id", "name"))) for rows in (first, second)]
    written = Written((Part(Segment, ("id", "name"), Rows.ARRAYS),))

    tenant, rows = put_together(written, several)
    assert tenant == TENANT
    assert _read(rows) == first + second


def test_each_part_keeps_its_own_rows() -> None:
    written = Written((Part(Segment, ("id", "name"), Rows.ONE), Part(Segment, ("key",), Rows.ARRAYS)))
    several = [(TENANT, 1, "a", ["x", "y"]), (TENANT, 2, "b", ["z"])]

    _, ones, many = put_together(written, several)
    assert _read(ones) == [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]
    assert _read(many) == [{"key": "x"}, {"key": "y"}, {"key": "z"}]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        (asyncpg.pgproto.pgproto.UUID(UUID(int=7).bytes), "00000000-0000-0000-0000-000000000007"),
        (AT, "2026-11-22T09:30:00.000125+00:00"),
        (Decimal("1.10"), "1.10"),
        (Channel.CHAT, Channel.CHAT.value),
        ({"deep": [1, None]}, {"deep": [1, None]}),
        ('quotes " and \\ and \u2028', 'quotes " and \\ and \u2028'),
    ],
)
def test_a_value_is_told_as_postgresql_reads_it(value: object, told: object) -> None:
    written = Written((Part(Segment, ("name",), Rows.ONE),))
    _, rows = put_together(written, [(TENANT, value), (TENANT, value)])
    assert _read(rows) == [{"name": told}] * 2


@pytest.mark.parametrize("other", [([2], "later", TENANT, TENANT), ([2], "now", TENANT, UUID(int=2))])
def test_what_differs_in_more_than_rows_stays_apart(other: tuple[object, ...]) -> None:
    written = Written((Part(Segment, ("id",), Rows.ONE),), goes_by=True, shown=SHOWN)
    with pytest.raises(Unlike):
        put_together(written, [([1], "now", TENANT, TENANT, 1), (*other, 2)])


@pytest.mark.parametrize("value", [b"bytes", "half \ud800", 2**70], ids=["bytes", "surrogate", "large"])
def test_what_json_cannot_hold_stays_apart(value: object) -> None:
    written = Written((Part(Segment, ("name",), Rows.ONE),))
    with pytest.raises(Unlike):
        put_together(written, [(TENANT, "fine"), (TENANT, value)])


def test_floats_stay_apart_because_some_are_no_numbers() -> None:
    written = Written((Part(Survey, ("scale_min",), Rows.ONE),))
    with pytest.raises(Unlike):
        put_together(written, [(TENANT, 0.0), (TENANT, float("nan"))])


def _read(rows: object) -> Any:  # noqa: ANN401 - JSON
    assert isinstance(rows, str)
    return orjson.loads(rows)
