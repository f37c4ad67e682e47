"""On what was it measured? The machine and the versions, without names or paths of anybody's machine."""

import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from infra.embedded.binaries import find_binaries, output_of
from tests.bench.load import generator
from tests.bench.node import node
from tests.bench.rounds import Plan


def conditions(plan: Plan, *, pinned: bool, with_peers: bool) -> str:
    """Returns a paragraph that says when, on what and how it was measured."""
    rows = plan.population
    cores = "the server on one core, PostgreSQL and the load generator on the others"
    machine = f"{_processor()}, {os.cpu_count()} cores, {_memory()}"
    sentences = [
        f"{datetime.now(UTC):%Y-%m-%d}, {machine}; {cores if pinned else 'all on all'}.",
        f"{_versions(with_peers=with_peers)}.",
        f"{rows.customers.count:,} customers, {rows.interactions.count:,} interactions,",
        f"{rows.feedback.count:,} pieces of feedback, {rows.events.count:,} touchpoint events.",
        f"Each number is the median of {plan.rounds} x {plan.seconds} s, the contenders in turn.",
    ]
    return " ".join(sentences)


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    found = (
        re.search(r"^model name\s*:\s*(.+)$", cpuinfo.read_text(), re.MULTILINE) if cpuinfo.exists() else None
    )
    return found[1].strip() if found else platform.machine()


def _memory() -> str:
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{gigabytes:.0f} GB of memory"


def _versions(*, with_peers: bool) -> str:
    postgresql = output_of([str(find_binaries() / "postgres"), "--version"]).split()[2]
    versions = [f"Python {platform.python_version()}", f"PostgreSQL {postgresql}", f"load by {generator()}"]
    if with_peers:
        told = subprocess.run([node(), "--version"], capture_output=True, text=True, check=True)
        versions.append(f"Node.js {told.stdout.strip()}")
    return ", ".join(versions)
