"""What do the comparisons share? One laboratory for each worker."""

from collections.abc import Iterator

import pytest

from tests.oracle.laboratory import Laboratory, laboratory


@pytest.fixture(scope="session")
def lab(database_url: str) -> Iterator[Laboratory]:
    """Two sown tenants, and everything that reads them."""
    with laboratory(database_url) as opened:
        yield opened
