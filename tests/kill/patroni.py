"""How do three PostgreSQL under Patroni and etcd run on one machine, with the binaries the product uses?"""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError

from infra.embedded.binaries import find_binaries

SCOPE = "cx"
MEMBERS = ("n1", "n2", "n3")
PASSWORD = "rehearsal"
PATIENCE_SECONDS = 120.0
TTL, LOOP, RETRY = 20, 2, 5


class FailoverImpossible(Exception):
    """The rehearsal cannot be held here; the message says what is missing."""


@dataclass(slots=True)
class Cluster:
    """Three members and the store in which they elect their leader."""

    home: Path
    ports: Mapping[str, int]
    apis: Mapping[str, int]
    etcd_port: int
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The address of whichever member writes."""
        hosts = ",".join(f"127.0.0.1:{self.ports[name]}" for name in MEMBERS)
        return f"postgresql://postgres:{PASSWORD}@{hosts}/postgres?target_session_attrs=read-write"

    def start(self, name: str) -> None:
        """Start a member's Patroni, which starts its PostgreSQL."""
        self.processes[name] = _spawn(["patroni", str(self.home / f"{name}.yml")], self.home / f"{name}.log")

    def members(self) -> Mapping[str, Mapping[str, object]]:
        """Return what the members say of the cluster; nothing where none answers."""
        for name in MEMBERS:
            try:
                url = f"http://127.0.0.1:{self.apis[name]}/cluster"
                with urllib.request.urlopen(url, timeout=1) as reply:
                    return {one["name"]: one for one in json.load(reply)["members"]}
            except (URLError, OSError, ValueError):
                continue
        return {}

    def with_role(self, *roles: str) -> list[str]:
        """Return the running members with one of these roles."""
        running = {"running", "streaming"}
        found = self.members().items()
        return [name for name, one in found if one["role"] in roles and one["state"] in running]

    def leader(self) -> str:
        """Wait for three members, of which one leads and one stands by synchronously; return the leader."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            leaders, standing_by = self.with_role("leader"), self.with_role("sync_standby")
            if (
                leaders
                and standing_by
                and len(self.with_role("leader", "sync_standby", "replica")) == len(MEMBERS)
            ):
                return leaders[0]
            time.sleep(0.2)
        raise FailoverImpossible(f"no leader with a standby; see {self.home}: {self.members()}")

    def kill_postmaster(self, name: str) -> None:
        """Kill a member's PostgreSQL and leave its Patroni alive."""
        notes = self.home / name / "postmaster.pid"
        os.kill(int(notes.read_text().split()[0]), signal.SIGKILL)

    def kill_node(self, name: str) -> None:
        """Kill a member's Patroni and its PostgreSQL, as a machine that loses its power."""
        self.processes[name].kill()
        self.processes[name].wait()
        self.kill_postmaster(name)

    def switch_over(self, leader: str) -> None:
        """Hand the lead over to the synchronous standby, as before maintenance."""
        [candidate, *_] = self.with_role("sync_standby")
        body = json.dumps({"leader": leader, "candidate": candidate}).encode()
        url = f"http://127.0.0.1:{self.apis[leader]}/switchover"
        with urllib.request.urlopen(urllib.request.Request(url, body), timeout=60) as reply:
            reply.read()


@contextmanager
def clustered(home: Path) -> Iterator[Cluster]:
    """Run the cluster during the block."""
    for program in ("patroni", "etcd", "setpriv"):
        if shutil.which(program) is None:
            raise FailoverImpossible(f"{program} is missing: apt-get install patroni etcd-server")
    ports = iter(_free_ports(8))
    cluster = Cluster(
        home, {name: next(ports) for name in MEMBERS}, {name: next(ports) for name in MEMBERS}, next(ports)
    )
    for name in MEMBERS:
        (home / f"{name}.yml").write_text(json.dumps(_configuration(cluster, name)))  # JSON is YAML
    shutil.chown(home, "postgres", "postgres")
    home.chmod(0o755)
    with ExitStack() as stack:
        stack.callback(_end, cluster)
        cluster.processes["etcd"] = _etcd(cluster, next(ports))
        for name in MEMBERS:
            cluster.start(name)
        yield cluster


def _end(cluster: Cluster) -> None:
    """Stop the members before their store, so that each stops its PostgreSQL."""
    for name in (*MEMBERS, "etcd"):
        process = cluster.processes.get(name)
        if process is not None and process.poll() is None:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


def _etcd(cluster: Cluster, peer_port: int) -> "subprocess.Popen[bytes]":
    client, peer = f"http://127.0.0.1:{cluster.etcd_port}", f"http://127.0.0.1:{peer_port}"
    options = {
        "--data-dir": str(cluster.home / "etcd"),
        "--listen-client-urls": client,
        "--advertise-client-urls": client,
        "--listen-peer-urls": peer,
        "--initial-advertise-peer-urls": peer,
        "--initial-cluster": f"default={peer}",
    }
    words = [word for option in options.items() for word in option]
    return _spawn(["etcd", *words], cluster.home / "etcd.log")


def _spawn(command: Sequence[str], log: Path) -> "subprocess.Popen[bytes]":
    """Start a program as Debian's user postgres; no shell stands between, so its number is the process's."""
    user = pwd.getpwnam("postgres")
    disguise = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    environment = {**os.environ, "HOME": str(log.parent), "LC_ALL": "C.UTF-8"}
    with log.open("ab") as output:
        return subprocess.Popen([*disguise, *command], env=environment, stdout=output, stderr=output)


def _configuration(cluster: Cluster, name: str) -> Mapping[str, object]:
    address = f"127.0.0.1:{cluster.ports[name]}"
    api = f"127.0.0.1:{cluster.apis[name]}"
    account = {"username": "postgres", "password": PASSWORD}
    sockets = cluster.home / f"{name}-socket"
    sockets.mkdir()
    shutil.chown(sockets, "postgres", "postgres")
    shared = {"max_connections": 100, "shared_buffers": "64MB", "wal_level": "replica", "fsync": "on"}
    return {
        "scope": SCOPE,
        "name": name,
        "restapi": {"listen": api, "connect_address": api},
        "etcd3": {"hosts": f"127.0.0.1:{cluster.etcd_port}"},
        "bootstrap": {
            "dcs": {
                "ttl": TTL,
                "loop_wait": LOOP,
                "retry_timeout": RETRY,
                "synchronous_mode": True,
                "postgresql": {"use_pg_rewind": True, "use_slots": True, "parameters": shared},
            },
            "initdb": [
                "data-checksums",
                {"encoding": "UTF8"},
                {"locale-provider": "builtin"},
                {"builtin-locale": "C.UTF-8"},
                {"locale": "C"},
            ],
            "pg_hba": [
                "local all all trust",
                "host all all 127.0.0.1/32 scram-sha-256",
                "host replication all 127.0.0.1/32 scram-sha-256",
            ],
        },
        "postgresql": {
            "listen": address,
            "connect_address": address,
            "data_dir": str(cluster.home / name),
            "bin_dir": str(find_binaries()),
            "pgpass": str(cluster.home / f"{name}.pgpass"),
            "authentication": {"superuser": account, "replication": account, "rewind": account},
            "parameters": {"unix_socket_directories": str(sockets), "password_encryption": "scram-sha-256"},
        },
    }


def _free_ports(number: int) -> list[int]:
    probes = [socket.socket() for _ in range(number)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()
