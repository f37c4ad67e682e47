"""Is an acknowledged write ever lost or doubled, whatever is killed? And without keys, does it show?

The number of rounds comes from CXGRAPH_KILL_ROUNDS; `make kill` runs many, `make test` a few.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from infra.writes import MOST_WRITTEN
from tests.kill.proxy import Cut
from tests.kill.stage import Stage, staged
from tests.kill.truth import judge
from tests.kill.writers import writing

pytestmark = pytest.mark.slow

ROUNDS = int(os.environ.get("CXGRAPH_KILL_ROUNDS", "3"))
BETWEEN = 12
"""How many writes are acknowledged between two kills."""

Kill = Callable[[Stage], Awaitable[None]]


@pytest.fixture(scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with staged(Path(tmp_path_factory.mktemp("kill"))) as ready:
        yield ready


async def kill_the_service(stage: Stage) -> None:
    await stage.restart_service()


async def terminate_the_backends(stage: Stage) -> None:
    await stage.terminate_backends()


async def crash_postgresql(stage: Stage) -> None:
    stage.crash_postgresql()


async def cut_before_commit(stage: Stage) -> None:
    stage.proxy.planned.append(Cut.BEFORE)


async def cut_after_commit(stage: Stage) -> None:
    stage.proxy.planned.append(Cut.AFTER)


async def cut_every_connection(stage: Stage) -> None:
    stage.proxy.cut_all()


@pytest.mark.parametrize(
    "kill",
    [
        kill_the_service,
        terminate_the_backends,
        crash_postgresql,
        cut_before_commit,
        cut_after_commit,
        cut_every_connection,
    ],
    ids=lambda kill: kill.__name__,
)
async def test_with_keys_no_acknowledged_write_is_lost_or_doubled_and_no_event_is_out_of_order(
    stage: Stage, kill: Kill
) -> None:
    run = kill.__name__
    async with writing(stage.service.url, run, keyed=True) as writers:
        for _ in range(ROUNDS):
            await writers.more(BETWEEN)
            await kill(stage)
        await writers.more(BETWEEN)
    verdict = await judge(stage.database_url, run, writers.matters)

    found = f"{len(writers.acknowledged)} acknowledged, {writers.repeated} repeated by clients"
    print(f"{run}: {found}")  # noqa: T201 - `make kill` shows it
    assert verdict.lost == []
    assert verdict.doubled == []
    assert verdict.out_of_order == []
    assert verdict.unaudited == 0
    assert all(await writers.replayed(20))


async def test_without_keys_the_same_shows_doubles_and_still_nothing_lost(stage: Stage) -> None:
    async with writing(stage.service.url, "bare", keyed=False) as writers:
        for _ in range(ROUNDS):
            await writers.more(BETWEEN)
            await cut_after_commit(stage)
        await writers.more(BETWEEN)
    verdict = await judge(stage.database_url, "bare", writers.matters)

    assert verdict.lost == []
    # One at least for each answer that was cut off: logs that left together lose theirs together.
    assert ROUNDS <= len(verdict.doubled) <= ROUNDS * MOST_WRITTEN
