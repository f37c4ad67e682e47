"""What do the comparisons share? One laboratory for each worker, in a database of its own."""

import os
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.conftest import TEMPLATE_VARIABLE
from tests.databases import copied
from tests.oracle.laboratory import Laboratory, laboratory


@pytest.fixture(scope="session")
async def laboratory_url(server_url: str) -> AsyncIterator[str]:
    """A migrated database: work that another test does for all tenants would change the rows."""
    async with copied(server_url, os.environ[TEMPLATE_VARIABLE]) as url:
        yield url


@pytest.fixture(scope="session")
def lab(laboratory_url: str) -> Iterator[Laboratory]:
    """Two sown tenants, and everything that reads them."""
    with laboratory(laboratory_url) as opened:
        yield opened
