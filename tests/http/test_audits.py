"""Does the service speak GraphQL over HTTP exactly as the public audit suite defines it?"""

import asyncio
import json
import sys
from pathlib import Path

from tests.http.conftest import TENANT

HERE = Path(__file__).parent
NODE = Path(sys.prefix) / "bin" / "node"


async def test_every_public_audit_of_graphql_over_http_is_ok(graphql_url: str) -> None:
    assert (HERE / "node_modules" / "graphql-http").is_dir(), (
        "run `make audits` once to fetch the audit suite"
    )

    audit = await asyncio.create_subprocess_exec(
        NODE,
        HERE / "audit.mjs",
        graphql_url,
        f"x-cx-tenant: {TENANT}",
        stdout=asyncio.subprocess.PIPE,
    )
    output = (await audit.communicate())[0].decode()

    *complaints, counts = output.strip().splitlines()
    assert complaints == []
    assert json.loads(counts) == {"ok": 61, "notice": 0, "warn": 0, "error": 0}
