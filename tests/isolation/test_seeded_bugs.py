"""Would the comparison notice? Every mistake that is made on purpose must be found."""

from itertools import chain

import pytest

from schema.planner.documents import Documents
from tests.isolation.bugs import BUGS
from tests.isolation.comparing import Comparison
from tests.isolation.worlds import Walls

MOST = 600
"""Operations until a bug that was not found counts as missed."""


@pytest.mark.parametrize("name", BUGS)
def test_a_bug_that_was_made_on_purpose_is_found(compared: Comparison, name: str) -> None:
    walls, bug = BUGS[name]
    compared.graph.documents = Documents(compared.graph.documents.guard)
    with bug(compared):
        found = _first(compared, walls)
    compared.graph.documents = Documents(compared.graph.documents.guard)

    assert found


def _first(compared: Comparison, walls: Walls) -> str | None:
    walks = compared.walks
    drawn = ((walks.write if number % 3 == 2 else walks.read)(number) for number in range(MOST))
    for asked in chain(walks.everything(), drawn):
        compared.ask_first(asked)
        for difference in compared.differences(asked, [walls]):
            return difference
    return None
