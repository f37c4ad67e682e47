"""Does the image's layout run as nobody, with nothing to write to but /tmp?"""

import signal
import socket
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from tests.image import rehearsal
from tests.image.containerfile import stages
from tests.k8s.objects import of_kind, rendered

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not rehearsal.allowed(), reason="this machine allows no namespaces of one's own"),
]

STAGE = stages()[-1]
TRY_TO_WRITE = """
import errno, os, tempfile
print(os.getuid(), os.getgid(), os.getcwd())
for folder in ("/", "/srv/cxgraph", "/srv/packages", "/usr", "/etc"):
    try:
        open(os.path.join(folder, "written"), "w")
    except OSError as refused:
        print(folder, errno.errorcode[refused.errno])
with tempfile.TemporaryFile() as file:
    print(tempfile.gettempdir().strip("/"), file.write(b"kept"))
"""


@pytest.fixture(scope="module")
def srv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return rehearsal.lay_out(tmp_path_factory.mktemp("image"))


def run(root: Path, srv: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    inside = rehearsal.command(root, srv, STAGE, *words)
    return subprocess.run(
        inside, env=rehearsal.environment(STAGE), check=False, capture_output=True, text=True, timeout=120
    )


def test_it_is_nobody_and_can_write_to_tmp_only(tmp_path: Path, srv: Path) -> None:
    tried = run(tmp_path, srv, "python3", "-c", TRY_TO_WRITE)

    assert tried.stderr == ""
    assert tried.stdout.splitlines() == [
        "65532 65532 /srv/cxgraph",
        "/ EROFS",
        "/srv/cxgraph EROFS",
        "/srv/packages EROFS",
        "/usr EROFS",
        "/etc EROFS",
        "tmp 4",
    ]


def test_the_entry_point_knows_its_verbs(tmp_path: Path, srv: Path) -> None:
    helped = run(tmp_path, srv, *STAGE.entrypoint, "--help")

    assert helped.stderr == ""
    assert "serve" in helped.stdout
    assert helped.returncode == 0


def test_the_schema_is_printed_from_what_the_image_holds(tmp_path: Path, srv: Path) -> None:
    printed = run(tmp_path, srv, *STAGE.entrypoint, "schema")

    assert printed.stdout.startswith(('"""', "type", "directive", "schema", "interface", "enum", "input"))
    assert printed.returncode == 0


def test_it_serves_with_production_s_settings_and_ends_in_order(
    tmp_path: Path, srv: Path, database_url: str
) -> None:
    [settings] = [
        one["data"]
        for one in of_kind(rendered("production"), "ConfigMap")
        if one["metadata"]["name"].startswith("cxgraph-settings")
    ]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    given = {**settings, "CXGRAPH_HOST": "127.0.0.1", "CXGRAPH_PORT": str(port), "DATABASE_URL": database_url}
    inside = rehearsal.command(tmp_path, srv, STAGE, *STAGE.entrypoint, "serve")

    process = subprocess.Popen(inside, env=rehearsal.environment(STAGE, **given))
    try:
        answers = _awaited(process, f"http://127.0.0.1:{port}")
    finally:
        process.send_signal(signal.SIGTERM)
        status = process.wait(60)

    assert answers == {"/livez": 200, "/readyz": 200, "/development/token": 404}
    assert status == 0


def _awaited(process: "subprocess.Popen[bytes]", url: str) -> dict[str, int]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "it ended while starting"
        try:
            httpx.get(f"{url}/livez", timeout=5)
        except httpx.TransportError:
            time.sleep(0.1)
            continue
        paths = ("/livez", "/readyz", "/development/token")
        return {path: httpx.get(url + path, timeout=5).status_code for path in paths}
    pytest.fail("it does not answer")
