"""Does a step that would stop the service show? How long steps take is measured by `make migrations`."""

import pytest

from infra.migrations import steps
from tests.migrations.traffic import Waits, measure

pytestmark = pytest.mark.slow


async def beside(url: str, revision: str) -> None:
    # Quick, but its own work makes the traffic wait too: good for seeing that it runs, not for measuring.
    await steps.upgrade(url, target=revision)


async def test_every_step_runs_on_a_loaded_database_while_every_table_is_used(
    empty_database_url: str,
) -> None:
    waits = await measure(empty_database_url, beside, customers=2_000)

    assert waits[-1].revision == steps.head()
    assert all(one.during > 0 for one in waits)


def test_what_a_step_adds_is_never_less_than_nothing() -> None:
    assert Waits("0002", before=0.3, during=0.1).added == 0.0
    assert Waits("0002", before=0.1, during=0.4).added == pytest.approx(0.3)
