"""Does the verb `analyse` run each part for each tenant, and say what is missing?"""

import subprocess
import sys

import pytest

from infra import __main__ as command_line
from infra import analyses
from infra.analyses import AnalysisMissing, analyse, part
from infra.database import Database
from infra.everywhere import TenantUnknown
from service.ground.actor import Actor
from service.insights.finding_tables import AnalysisRun, Suggestion
from tests.service import weeks
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
