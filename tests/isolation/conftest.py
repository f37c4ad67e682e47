"""What do the comparisons share? Both worlds, sown once for each worker."""

import os
from collections.abc import Iterator

import pytest

from tests.conftest import TEMPLATE_VARIABLE
from tests.isolation.comparing import Comparison, comparison
from tests.isolation.worlds import worlds


@pytest.fixture(scope="module")
def compared(server_url: str) -> Iterator[Comparison]:
    """A tenant in company and alone."""
    with worlds(server_url, os.environ[TEMPLATE_VARIABLE]) as (runner, both):
        yield comparison(runner, both)
