"""Do many statements become one without a row that is lost, moved or mixed up?"""

from uuid import UUID

import pytest

from service.customers.tables import Segment
from service.ground.statements import Part, Shown, Unlike, Written, column_arrays, put_together

TENANT = UUID(int=1)
SHOWN = Shown("SELECT $1, $2", "segment", parameters=2, ids=0)


def test_of_single_rows_each_column_becomes_an_array() -> None:
    written = Written((Part(Segment, ("id", "key", "name"), alone=True),), shown=SHOWN)
    several = [([n], "now", TENANT, n, f"key {n}", None if n else "named") for n in range(3)]

    assert put_together(written, several) == [
        [0, 1, 2],
        "now",
        TENANT,
        [0, 1, 2],
        ["key 0", "key 1", "key 2"],
        ["named", None, None],
    ]


def test_of_several_rows_the_arrays_are_joined() -> None:
    first: list[dict[str, object]] = [{"id": 1, "name": None}, {"id": 2, "name": None}]
    second: list[dict[str, object]] = [{"id": 3, "name": "c"}, {"id": 4, "name": None}]
    several = [(TENANT, *column_arrays(rows, ("id", "name"))) for rows in (first, second)]
    written = Written((Part(Segment, ("id", "name"), alone=False),))

    assert put_together(written, several) == [TENANT, [1, 2, 3, 4], [None, None, "c", None]]


@pytest.mark.parametrize("other", [([2], "later", TENANT, TENANT), ([2], "now", TENANT, UUID(int=2))])
def test_what_differs_in_more_than_rows_stays_apart(other: tuple[object, ...]) -> None:
    written = Written((Part(Segment, ("id",), alone=True),), goes_by=True, shown=SHOWN)
    with pytest.raises(Unlike):
        put_together(written, [([1], "now", TENANT, TENANT, 1), (*other, 2)])
