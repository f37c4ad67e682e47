"""Is a tenant in company answered exactly as if it were alone, whichever wall is taken away?

CXGRAPH_SEED draws other operations; CXGRAPH_OPERATIONS draws more or fewer of them.
"""

import os

import pytest

from tests.isolation.comparing import Comparison
from tests.isolation.walks import OTHERS
from tests.isolation.worlds import SEED, Walls

FIRST = int(os.environ.get("CXGRAPH_SEED", str(SEED)))
OPERATIONS = int(os.environ.get("CXGRAPH_OPERATIONS", "5100"))
PARTS = 4
WRITES = OPERATIONS // 5
READS = (OPERATIONS - WRITES) // (OTHERS + 1)


@pytest.mark.parametrize("part", range(PARTS))
def test_no_read_notices_that_others_are_there(compared: Comparison, part: int) -> None:
    for number in range(READS // PARTS):
        asked = compared.walks.read(FIRST * 1_000_003 + part * 100_000 + number)
        found = list(compared.differences(asked, tuple(Walls)))
        assert found == [], (asked.source, asked.variables)


@pytest.mark.parametrize("part", range(PARTS))
def test_no_write_notices_or_touches_others(compared: Comparison, part: int) -> None:
    for number in range(WRITES // PARTS):
        asked = compared.walks.write(FIRST * 1_000_033 + part * 100_000 + number)
        found = list(compared.differences(asked, tuple(Walls)))
        assert found == [], (asked.source, asked.variables)
