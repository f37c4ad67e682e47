"""Does the service compose with other graphs, as Apollo's own composition sees it?"""

import asyncio
import json

from tests.clients.conftest import HERE, NODE, TOOLS, Tenant


async def test_the_subgraph_composes_with_one_that_refers_to_customers(tenant: Tenant) -> None:
    assert (TOOLS / "@apollo" / "composition").is_dir(), "run `make clients` once to fetch the clients"
    told = await tenant.ask("{ _service { sdl } }")
    sdl: str = told["_service"]["sdl"]  # type: ignore[index]  # free JSON

    pipe = asyncio.subprocess.PIPE
    composing = await asyncio.create_subprocess_exec(NODE, "compose.mjs", cwd=HERE, stdin=pipe, stdout=pipe)
    said = json.loads((await composing.communicate(sdl.encode()))[0])

    # A gateway has only those directives of requests that all of its graphs know: @idempotent is ours alone.
    hints = ["INCONSISTENT_EXECUTABLE_DIRECTIVE_PRESENCE"]
    assert said == {"errors": [], "hints": hints, "customerIsShared": True}
