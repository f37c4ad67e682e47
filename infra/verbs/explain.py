"""The verb `explain`: show the one statement that answers an operation, and PostgreSQL's plan of it."""

import asyncio
from argparse import ArgumentParser, Namespace
from pathlib import Path

import orjson

from infra.database import opened
from infra.development import TENANT_HEADER, DevelopmentIdentities
from infra.embedded import running
from infra.reports import report
from infra.settings import Settings
from infra.verbs.verb import Verb
from schema.execution import Graph, Request
from schema.graph import build


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("document", type=Path, help="a file with one GraphQL query")
    parser.add_argument("--variables", default="{}", help="the variables, as a JSON object")
    parser.add_argument("--tenant", default="", help="the tenant's key; needed where there are several")


def _run(settings: Settings, arguments: Namespace) -> int:
    with running(settings.state_dir, given_url=settings.database_url) as url:
        print(asyncio.run(_explained(url, arguments)))
    return 0


async def _explained(url: str, arguments: Namespace) -> str:
    request = Request(arguments.document.read_text(), variables=orjson.loads(arguments.variables))
    async with opened(url, largest=1) as database:
        actor = await DevelopmentIdentities(database).actor({TENANT_HEADER: arguments.tenant.encode()})
        planned = Graph(build(), database, report).plan(request, actor)
        if planned is None:
            return "No SQL is run for this operation, or Python answers a part of it."
        sql, values = planned
        listed = "\n".join(f"  ${number} = {value!r}" for number, value in enumerate(values, start=1))
        return f"{sql}\n\n{listed}\n\n{await database.explain(actor.tenant_id, sql, values)}"


EXPLAIN = Verb("explain", "show the statement that answers a query, and PostgreSQL's plan", _run, _options)
