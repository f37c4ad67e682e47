"""Is the explorer served by the product alone, and does it say what is missing?"""

import html
import json
import re
from collections.abc import Mapping
from pathlib import Path

import graphql
import httpx
import pytest
from starlette.applications import Starlette

from infra import explorer


async def everybody(_: Mapping[bytes, bytes]) -> bool:
    return True


async def fetch(path: str) -> httpx.Response:
    transport = httpx.ASGITransport(
        app=Starlette(routes=explorer.routes("/graphql", everybody, ("airport", "servicedesk")))
    )
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        return await client.get(path)


async def test_every_file_the_page_names_is_served_by_the_product() -> None:
    assert explorer.installed(), "run `make explorer` once to fetch the browser files"

    page = await fetch("/")
    paths = re.findall(r'(?:src|href)="([^"]+)"', page.text)

    assert page.status_code == 200
    assert len(paths) == 7
    assert all(path.startswith("/explorer/") for path in paths)
    assert {path: (await fetch(path)).status_code for path in paths} == dict.fromkeys(paths, 200)


async def test_the_page_allows_no_other_host() -> None:
    policy = (await fetch("/")).headers["content-security-policy"]

    assert policy.startswith("default-src 'self';")
    assert "http" not in policy
    assert "unsafe-eval" not in policy


async def test_the_page_knows_the_tenants_and_the_examples() -> None:
    about = re.search(r'data-about="([^"]*)"', (await fetch("/")).text)
    assert about is not None

    known = json.loads(html.unescape(about[1]))

    assert known["tenants"] == ["airport", "servicedesk"]
    assert known["tenantHeader"] == "x-cx-tenant"
    assert [tab["query"] for tab in known["tabs"]] == [example.query for example in explorer.examples()]


@pytest.mark.parametrize("example", explorer.examples(), ids=lambda example: example.query.splitlines()[0])
def test_every_example_is_one_named_operation(example: explorer.Example) -> None:
    document = graphql.parse(example.query)
    operations = [part for part in document.definitions if isinstance(part, graphql.OperationDefinitionNode)]

    assert [operation.name is not None for operation in operations] == [True]
    assert example.variables is None or isinstance(json.loads(example.variables), dict)


async def test_without_its_files_the_page_says_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explorer, "VENDOR", tmp_path)

    page = await fetch("/")

    assert page.status_code == 503
    assert "make explorer" in page.text
