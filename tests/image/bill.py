"""What is in the image? Its bill of materials, as CycloneDX, from the lock that the image installs.

`python -m tests.image.bill` writes it anew; a test holds it against the lock and the image's tree.
"""

import json
import re
import tomllib
from collections.abc import Mapping

from tests.house.sources import ROOT

BILL = ROOT / "requirements" / "runtime.cdx.json"
PIN = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)


def packages() -> Mapping[str, str]:
    """Return the version of each package that the image installs."""
    return dict(PIN.findall((ROOT / "requirements" / "runtime.txt").read_text()))


def bill() -> Mapping[str, object]:
    """Return the bill."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    product = {
        "type": "application",
        "name": project["name"],
        "version": project["version"],
        "licenses": [{"license": {"id": project["license"]}}],
    }
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": product},
        "components": [_component(name, version) for name, version in packages().items()],
    }


def _component(name: str, version: str) -> Mapping[str, str]:
    purl = f"pkg:pypi/{name}@{version}"
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}


def written() -> str:
    """Return the bill as its file holds it."""
    return json.dumps(bill(), indent=2) + "\n"


if __name__ == "__main__":
    BILL.write_text(written())
