"""How is the graph explored in a browser?

GraphiQL, served by the product itself from files that came with it: no other host is asked, so it works
offline and no query leaves the machine. The example queries in its tabs are the files in `examples`.
"""

import hashlib
import html
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

HERE = Path(__file__).parent
VENDOR = HERE / "vendor"
STATIC = HERE / "static"
EXAMPLES = HERE / "examples"
VENDOR_FILES = (
    "react.production.min.js",
    "react-dom.production.min.js",
    "graphiql.min.js",
    "graphiql.min.css",
)
TENANT_HEADER = "x-cx-tenant"

# Styles may be inline because the editor places its lines with style attributes; scripts may not.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}
MISSING = (
    "The explorer's files are not installed. Run `make explorer` once; the API itself is at {endpoint}.\n"
)

MaySee = Callable[[Mapping[bytes, bytes]], Awaitable[bool]]
"""Tells from the headers of a request whether the page is shown."""


@dataclass(frozen=True, slots=True)
class Example:
    """Holds one query that waits in a tab of the explorer."""

    query: str
    variables: str | None


def routes(
    endpoint: str, may_see: MaySee, tenants: Sequence[str] = ("airport", "servicedesk")
) -> list[BaseRoute]:
    """Returns the routes of the page at `/` and of its files; the page asks `endpoint` for one tenant.

    Who may not see the page is told that there is nothing. Its files are as they were published.
    """

    async def page(request: Request) -> Response:
        if not await may_see(dict(request.scope["headers"])):
            raise HTTPException(404)
        if not installed():
            return PlainTextResponse(MISSING.format(endpoint=endpoint), 503, HEADERS)
        return HTMLResponse(markup, headers=HEADERS)

    markup = _markup(endpoint, tenants)
    return [
        Route("/", page, methods=["GET"], name="explorer"),
        Mount("/explorer/vendor", StaticFiles(directory=VENDOR, check_dir=False), name="explorer-vendor"),
        Mount("/explorer/static", StaticFiles(directory=STATIC), name="explorer-static"),
    ]


def installed() -> bool:
    """Whether every browser file that comes from elsewhere is in its place."""
    return all((VENDOR / name).is_file() for name in VENDOR_FILES)


def examples() -> list[Example]:
    """Returns the example queries in the order of their names; variables are in a JSON file beside them."""
    return [_example(path) for path in sorted(EXAMPLES.glob("*.graphql"))]


def _example(path: Path) -> Example:
    variables = path.with_suffix(".json")
    return Example(path.read_text(), variables.read_text() if variables.exists() else None)


def _markup(endpoint: str, tenants: Sequence[str]) -> str:
    tabs = [asdict(example) for example in examples()]
    about = {
        "endpoint": endpoint,
        "tenantHeader": TENANT_HEADER,
        "tenants": list(tenants),
        "tabs": tabs,
        # Tabs are remembered by the browser; new examples must show, so each set of them is remembered apart.
        "edition": hashlib.sha256(json.dumps(tabs).encode()).hexdigest()[:12],
    }
    return (
        (STATIC / "explorer.html")
        .read_text()
        .replace("{{about}}", html.escape(json.dumps(about), quote=True))
    )
