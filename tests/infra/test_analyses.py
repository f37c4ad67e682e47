"""Does the verb `analyse` run each part for each tenant, and say what is missing?"""

import subprocess
import sys
from datetime import timedelta

import pytest

from infra import __main__ as command_line
from infra import analyses, jobs
from infra.analyses import AnalysisMissing, TenantUnknown, analyse, part
from infra.database import Database
from service.customers.tables import Customer
from service.ground.actor import Actor
from service.insights import runs
from service.insights.finding_tables import AnalysisRun, Suggestion
from tests.service import weeks
from tests.service.loop_ground import keep_answer
from tests.service.weeks import TODAY


async def test_a_tenants_weeks_are_looked_at_by_the_system(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        weeks.last_week(session, weeks.past(session), login=30)

    done = await analyse(database, ["friction", "drivers", "detect"], TODAY, tenant_key=actor.tenant_key)

    assert done == [(actor.tenant_key, name) for name in ("friction", "drivers", "detect")]
    async with database.work(actor) as session:
        assert {run.kind for run in await session.find(AnalysisRun)} == {"FRICTION", "DRIVERS", "DETECTION"}
        (found,) = await session.find(Suggestion)
    assert found.observed == 30


async def test_every_part_runs_over_an_empty_tenant(database: Database, actor: Actor) -> None:
    done = await analyse(database, analyses.PARTS, TODAY, tenant_key=actor.tenant_key)

    assert [name for _, name in done] == list(analyses.PARTS)


async def test_an_unknown_tenant_is_named(database: Database) -> None:
    with pytest.raises(TenantUnknown, match=r"nobody: There is no tenant with this key\."):
        await analyse(database, ["detect"], TODAY, tenant_key="nobody")


def test_a_part_whose_libraries_are_missing_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.delitem(sys.modules, "infra.analysis.themes", raising=False)

    with pytest.raises(AnalysisMissing, match=r"themes: .* `pip install cxgraph\[analysis\]`"):
        part("themes")


def test_serving_loads_none_of_the_heavy_libraries() -> None:
    ask = "import infra.__main__, sys; print({'sklearn', 'vaderSentiment'} & sys.modules.keys())"

    found = subprocess.run([sys.executable, "-c", ask], check=True, capture_output=True, text=True)

    assert found.stdout == "set()\n"


def test_every_part_is_either_light_or_heavy() -> None:
    assert sorted([*analyses.LIGHT, *analyses.HEAVY]) == sorted(analyses.PARTS)


def test_an_unknown_part_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["analyse", "detekt"]) == command_line.REFUSED
    assert "There is no part detekt; there are " in capsys.readouterr().err


async def test_nothing_is_started_for_a_tenant_to_whom_nothing_came(
    database: Database, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")

    await jobs.analyse(database, actor)  # a process that is started here would not be found
    async with database.work(actor) as session:
        weeks.last_week(session, weeks.past(session), login=30)

    with pytest.raises(FileNotFoundError):
        await jobs.analyse(database, actor)


async def test_findings_are_looked_for_anew_after_a_day_that_brought_something(
    database: Database, actor: Actor
) -> None:
    async with database.work(actor) as session:
        customer = session.add(Customer(display_name="Ada")).id
    await analyse(database, ["detect"], TODAY, tenant_key=actor.tenant_key)

    async def due(*, days_later: int, answers: int) -> bool:
        """Tell whether the analyses are due when the last run lies so far back and so much came since."""
        async with database.work(actor) as session:
            for _ in range(answers):
                keep_answer(session, customer, 3, "")
        async with database.work(actor) as session:
            session.now += timedelta(days=days_later)
            return await runs.are_due(session)

    assert not await due(days_later=2, answers=0)
    assert not await due(days_later=0, answers=1)
    assert await due(days_later=1, answers=0)
