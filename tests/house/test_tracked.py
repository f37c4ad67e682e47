"""Does the repository hold only what belongs to the project, true on every machine?"""

import re
from pathlib import Path

from tests.house.sources import text, tracked

# Written in parts, so that this file does not find itself.
HOSTS = (
    "pypi" + ".org",
    "files.python" + "hosted.org",
    "registry." + "npmjs.org",
    "registry.yarn" + "pkg.com",
)
MACHINE_PATH = re.compile(r"(?<![\w.~$}-])/(?:root|work|home/[a-z]|Users/[A-Z]|tmp/[a-z])[\w./-]*")
INSTALL_LINES = re.compile(
    r"^\s*(?:--(?:index-url|extra-index-url|find-links|trusted-host)|-i |-f )", re.MULTILINE
)
LARGEST_BYTES = 5 * 1024 * 1024


def test_no_file_names_the_host_of_a_package_registry() -> None:
    naming = [f"{path} names {host}" for path in tracked() for host in HOSTS if host in text(path)]

    assert naming == []


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    paths = [f"{path}: {found}" for path in tracked() for found in MACHINE_PATH.findall(text(path))]

    assert paths == []


def test_no_lock_says_where_packages_come_from() -> None:
    locks = [
        path for path in tracked() if path.parts[0] == "requirements" or path.name == "package-lock.json"
    ]
    telling = [path for path in locks if INSTALL_LINES.search(text(path)) or '"resolved"' in text(path)]

    assert len(locks) >= 5
    assert telling == []


def test_no_file_is_large() -> None:
    root = Path(__file__).resolve().parents[2]

    assert [path for path in tracked() if (root / path).stat().st_size > LARGEST_BYTES] == []
