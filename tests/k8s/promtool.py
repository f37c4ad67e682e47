"""How are alerting rules tried out? With promtool, on series that are made up for each alert."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.house.sources import ROOT
from tests.k8s.expressions import RECORDED
from tests.k8s.objects import Object, of_kind, rendered

# `.ci/run` unpacks Debian's package there, so that nothing of it is installed or started.
UNPACKED = ROOT / ".venv" / "tools" / "usr" / "bin" / "promtool"
CASES: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("alerts.yaml").read_text())


def promtool() -> str | None:
    """Returns the program, None where it is not here."""
    return shutil.which("promtool") or (str(UNPACKED) if UNPACKED.exists() else None)


def rules() -> list[Object]:
    """Returns every group of rules that production has."""
    return [
        group for one in of_kind(rendered("production"), "PrometheusRule") for group in one["spec"]["groups"]
    ]


def alerts() -> dict[str, Object]:
    """Returns every alert by its name."""
    return {rule["alert"]: rule for group in rules() for rule in group["rules"] if "alert" in rule}


def trial(folder: Path, groups: list[Object]) -> "subprocess.CompletedProcess[str]":
    """Tries every alert of these groups, on series that must fire it and on series that must not.

    Each is tried with only the rules it needs, at the pace of its case: what burns over days is slow to try.
    """
    needed = {rule.get("alert") or rule["record"]: rule for group in groups for rule in group["rules"]}
    for name, case in CASES.items():
        wanted = [needed[one] for one in RECORDED.findall(needed[name]["expr"])]
        group = {"name": name, "rules": [*wanted, needed[name]]}
        tests = {
            "rule_files": [f"{name}.rules"],
            "evaluation_interval": case.get("interval", "1m"),
            "tests": list(_tests(name, case)),
        }
        (folder / f"{name}.rules").write_text(yaml.safe_dump({"groups": [group]}))
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(tests))
    command = [promtool() or "promtool", "test", "rules", *(f"{name}.yaml" for name in CASES)]
    return subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)


def _tests(name: str, case: Object) -> Iterator[Object]:
    rule = alerts()[name]
    labels = {"namespace": "cxgraph", **rule["labels"], **case.get("labels", {})}
    yield _test(name, case, case["firing"], [{"exp_labels": labels, "exp_annotations": rule["annotations"]}])
    for quiet in case["silent"]:
        yield _test(name, case, quiet, [])


def _test(name: str, case: Object, series: dict[str, str], expected: list[Object]) -> Object:
    return {
        "interval": case.get("interval", "1m"),
        "input_series": [{"series": one, "values": values} for one, values in series.items()],
        "alert_rule_test": [{"eval_time": case["after"], "alertname": name, "exp_alerts": expected}],
    }
