"""How does one run an image without an engine? Its tree in a folder, its limits by namespaces."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from tests.house.sources import ROOT, tracked
from tests.image.containerfile import Stage

NOBODY = "65532"
UNSHARE = ["unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}", "--keep-caps", "--mount"]
NO_RIGHTS = ["--ambient-caps=-all", "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"]

# $1 is an empty folder for the new root, $2 the image's /srv, $3 the interpreter's prefix, $4 where to begin;
# then comes the command. Everything is bound read-only, /tmp alone is new and can be written to.
ENTER = f"""
set -e
root=$1 srv=$2 prefix=$3 folder=$4
shift 4
mount -t tmpfs tmpfs "$root"
for path in /usr /bin /sbin /lib /lib64 /etc "$prefix"; do
    if [ -L "$path" ]; then
        ln -s "$(readlink "$path")" "$root$path"
    elif [ -d "$path" ] && [ ! -d "$root$path" ]; then
        mkdir -p "$root$path"
        mount --bind "$path" "$root$path"
        mount -o remount,bind,ro "$root$path"
    fi
done
mkdir "$root/srv" "$root/tmp" "$root/dev"
mount --bind "$srv" "$root/srv"
mount -o remount,bind,ro "$root/srv"
for device in null urandom; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
mount -t tmpfs tmpfs "$root/tmp"
mount -o remount,ro "$root"
exec chroot "$root" /bin/sh -c 'cd "$0" && exec setpriv {" ".join(NO_RIGHTS)} "$@"' "$folder" "$@"
"""


def allowed() -> bool:
    """Tells whether this machine lets us make such namespaces."""
    if shutil.which("unshare") is None or shutil.which("setpriv") is None:
        return False
    trial = subprocess.run(
        [*UNSHARE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], check=False, capture_output=True
    )
    return trial.returncode == 0


def lay_out(folder: Path) -> Path:
    """Lays out what the last stage has below /srv: the locked packages and the code; returns it."""
    srv = folder / "srv"
    for name in locked():
        files = distribution(name).files or []
        for file in (file for file in files if ".." not in file.parts and file.suffix != ".pyc"):
            _link(Path(str(file.locate())), srv / "packages" / file)
    for path in tracked():
        if path.parts[0] in {"service", "schema", "infra"}:
            _link(ROOT / path, srv / "cxgraph" / path)
    return srv


def locked() -> Iterator[str]:
    """Yields the packages of the runtime's lock that this machine needs."""
    names = re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements" / "runtime.txt").read_text(), re.MULTILINE)
    for name in names:
        try:
            distribution(name)
        except PackageNotFoundError:  # another system's, or another Python's
            continue
        yield name


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def command(root: Path, srv: Path, stage: Stage, *words: str) -> list[str]:
    """Returns the command that runs words inside the rehearsed image."""
    prefix = sys.base_prefix
    return [*UNSHARE, "sh", "-c", ENTER, "enter", str(root), str(srv), prefix, stage.folder, *words]


def environment(stage: Stage, **more: str) -> dict[str, str]:
    """Returns what a process of the image finds in its environment, and nothing of ours."""
    return {"PATH": f"{sys.base_prefix}/bin:/usr/bin:/bin:/usr/sbin", **stage.environment, **more}
