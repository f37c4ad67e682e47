"""Which analyses are there, and how does one run for every tenant? In its own transaction, as the system.

Those that need the extra `analysis` are loaded by name, when they are asked for: a serving process never
imports their libraries.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from importlib import import_module
from types import MappingProxyType

from infra.database import Database
from infra.everywhere import systems
from service.ground.session import Session
from service.insights import detection, drivers, friction

Run = Callable[[Session, date], Awaitable[object]]

LIGHT: Mapping[str, Run] = MappingProxyType(
    {"friction": friction.run, "drivers": drivers.run, "detect": detection.run}
)
HEAVY: Mapping[str, str] = MappingProxyType(
    {
        "sentiment": "infra.analysis.sentiment",
        "themes": "infra.analysis.themes",
        "churn": "infra.analysis.churn",
    }
)
PARTS = ("sentiment", "themes", "friction", "drivers", "detect", "churn")
"""All analyses, in the order in which one builds on another."""
SUBJECT = "analysis"


class AnalysisMissing(Exception):
    """What this needs is not installed; `pip install cxgraph[analysis]` brings it."""

    def __str__(self) -> str:
        """Say which part, and what to install."""
        return f"{self.args[0]}: {self.__doc__}"


def part(name: str) -> Run:
    """Returns an analysis by its name; raises AnalysisMissing where its libraries are not installed."""
    if name in LIGHT:
        return LIGHT[name]
    try:
        module = import_module(HEAVY[name])
    except ModuleNotFoundError as missing:
        raise AnalysisMissing(name) from missing
    run: Run = module.run
    return run


async def analyse(
    database: Database, names: Sequence[str], today: date, *, tenant_key: str | None = None
) -> list[tuple[str, str]]:
    """Runs analyses over all that happened before `today`, for one tenant or all; returns what ran for whom.

    Each part of each tenant is a transaction of its own: what one found is kept when another fails.
    """
    chosen = [(name, part(name)) for name in names]
    done: list[tuple[str, str]] = []
    for system in await systems(database, tenant_key, subject=SUBJECT):
        for name, run in chosen:
            async with database.work(system) as session:
                await run(session, today)
            done.append((system.tenant_key, name))
    return done
