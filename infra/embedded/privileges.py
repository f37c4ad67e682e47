"""Which user does the embedded PostgreSQL run as, and how does it learn that its supervisor died?

PostgreSQL refuses to run as root and as a user without a name. An ordinary user just runs it. Everybody else
runs it in a user namespace, where it has the name nobody and the files on the disk stay whose they are. Where
namespaces are forbidden (many containers), root runs it as the real nobody, who then owns the cluster's files
and is let through closed parent folders.
"""

import os
import pwd
import shutil
import subprocess
from functools import cache
from pathlib import Path


class PrivilegesRefused(Exception):
    """PostgreSQL cannot be started as another user here: run as an ordinary user, or set DATABASE_URL."""

    def __str__(self) -> str:
        """Says what to do instead."""
        return type(self).__doc__ or ""


def unprivileged() -> tuple[str, ...]:
    """Returns the words before a command that keep it from running as root; none for an ordinary user."""
    return () if _is_ordinary(os.geteuid()) else _disguise()


def beside_the_parent() -> tuple[str, ...]:
    """Returns the words that make a command get SIGINT when its parent dies; none where that is unknown."""
    words = ("setpriv", "--pdeathsig", "INT")
    return words if _works(words) else ()


def give_to_server(path: Path) -> None:
    """Makes a file or folder belong to the user the server runs as, where that is another one."""
    another = unprivileged()[:1] == ("setpriv",)
    _own(path, _nobody().pw_uid if another else os.geteuid())


def _is_ordinary(user: int) -> bool:
    try:
        return pwd.getpwuid(user).pw_uid != 0
    except KeyError:
        return False


def _own(path: Path, owner: int) -> None:
    if path.lstat().st_uid == owner:
        return
    for folder, _, names in os.walk(path):
        for name in ("", *names):
            os.chown(Path(folder, name), owner, -1, follow_symlinks=False)
    os.chown(path, owner, -1, follow_symlinks=False)


@cache
def _disguise() -> tuple[str, ...]:
    for words in (_named_nobody(), _as_nobody()):
        if _works(words):
            return words
    raise PrivilegesRefused


def _named_nobody() -> tuple[str, ...]:
    return ("unshare", "--user", f"--map-user={_nobody().pw_uid}", f"--map-group={_nobody().pw_gid}")


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
