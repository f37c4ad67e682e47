"""Which user does the embedded PostgreSQL run as, and how does it learn that its supervisor died?

PostgreSQL refuses to run as root. An ordinary user just runs it. Root runs it in a user namespace of its
own, where the files stay root's on the disk; where namespaces are forbidden (many containers), as the user
nobody, who then owns the cluster's files and is let through closed parent folders.
"""

import os
import pwd
import shutil
import subprocess
from functools import cache
from pathlib import Path

NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")


class PrivilegesRefused(Exception):
    """Root cannot start PostgreSQL as another user here: run as an ordinary user, or set DATABASE_URL."""

    def __str__(self) -> str:
        """Says what to do instead."""
        return type(self).__doc__ or ""


def unprivileged() -> tuple[str, ...]:
    """Returns the words before a command that keep it from running as root; none for an ordinary user."""
    return () if os.geteuid() != 0 else _for_root()


def beside_the_parent() -> tuple[str, ...]:
    """Returns the words that make a command get SIGINT when its parent dies; none where that is unknown."""
    return ("setpriv", "--pdeathsig", "INT") if _works(("setpriv", "--pdeathsig", "INT")) else ()


def give_to_server(path: Path) -> None:
    """Makes a file or folder belong to the user the server runs as, where that is another one."""
    mine = os.geteuid() != 0 or _for_root() == NAMESPACE
    _own(path, os.geteuid() if mine else _nobody().pw_uid)


def _own(path: Path, owner: int) -> None:
    if path.lstat().st_uid == owner:
        return
    for folder, _, names in os.walk(path):
        for name in ("", *names):
            os.chown(Path(folder, name), owner, -1, follow_symlinks=False)
    os.chown(path, owner, -1, follow_symlinks=False)


@cache
def _for_root() -> tuple[str, ...]:
    for words in (NAMESPACE, _as_nobody()):
        if _works(words):
            return words
    raise PrivilegesRefused


def _as_nobody() -> tuple[str, ...]:
    user = _nobody()
    return (
        "setpriv",
        f"--reuid={user.pw_uid}",
        f"--regid={user.pw_gid}",
        "--clear-groups",
        "--inh-caps=+dac_override",
        "--ambient-caps=+dac_override",
    )


def _nobody() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody")


@cache
def _works(words: tuple[str, ...]) -> bool:
    if shutil.which(words[0]) is None:
        return False
    return subprocess.run([*words, "true"], check=False, capture_output=True).returncode == 0
