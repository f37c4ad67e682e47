"""Does every alert fire when it should, keep silent when it should, and come with what to do?"""

import copy
import os
import re
from pathlib import Path

import pytest

from tests.house.documents import section
from tests.k8s.expressions import unknown
from tests.k8s.objects import OVERLAYS, of_kind, rendered
from tests.k8s.promtool import CASES, alerts, promtool, rules, trial

RUNBOOKS = Path("docs/operations.md")
PROMTOOL_IS_WANTED = "CXGRAPH_TEST_TOOLS"
needs_promtool = pytest.mark.skipif(
    promtool() is None and PROMTOOL_IS_WANTED not in os.environ,
    reason="promtool is not here; `.ci/run` fetches it",
)


@needs_promtool
def test_every_alert_fires_when_it_should_and_is_silent_when_it_should(tmp_path: Path) -> None:
    tried = trial(tmp_path, rules())

    assert tried.returncode == 0, tried.stdout + tried.stderr


@needs_promtool
def test_an_alert_that_never_fires_is_noticed(tmp_path: Path) -> None:
    changed = copy.deepcopy(rules())
    for group in changed:
        for rule in group["rules"]:
            if rule.get("alert") == "OutboxLags":
                rule["expr"] = rule["expr"].replace("> 60", "> 600")

    tried = trial(tmp_path, changed)

    assert tried.returncode == 1
    assert "OutboxLags" in tried.stdout + tried.stderr


def test_every_alert_is_tried_both_ways() -> None:
    assert set(CASES) == set(alerts())
    assert [name for name, case in CASES.items() if not case["firing"] or not case["silent"]] == []


@pytest.mark.parametrize("name", alerts())
def test_every_alert_has_a_runbook_that_says_what_to_look_at_and_what_to_do(name: str) -> None:
    rule = alerts()[name]

    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"].endswith(".")
    assert rule["annotations"]["runbook_url"].endswith(f"/docs/operations.md#{name.lower()}")
    runbook = section(RUNBOOKS, f"### {name}")
    assert re.search(r"^\*\*Look first:\*\* ", runbook, re.MULTILINE), name
    assert re.search(r"^\*\*Do:\*\* ", runbook, re.MULTILINE), name


def test_every_runbook_belongs_to_an_alert() -> None:
    headings = re.findall(r"^### (\w+)$", section(RUNBOOKS, "## Runbooks"), re.MULTILINE)

    assert sorted(headings) == sorted(alerts())


def test_rules_name_only_what_is_measured() -> None:
    named = {
        rule.get("alert") or rule["record"]: rule["expr"] for group in rules() for rule in group["rules"]
    }

    assert {name: unknown(expression) for name, expression in named.items() if unknown(expression)} == {}


def test_what_rules_record_is_what_alerts_read() -> None:
    recorded = {rule["record"] for group in rules() for rule in group["rules"] if "record" in rule}
    read = {
        name for rule in alerts().values() for name in re.findall(r"cxgraph:\w+:ratio_rate\w+", rule["expr"])
    }

    assert read == recorded


def test_burn_rates_are_watched_over_a_long_and_a_short_window() -> None:
    windows = {
        name: re.findall(r"ratio_rate(\w+) > ([\d.]+) \*", rule["expr"])
        for name, rule in alerts().items()
        if "Burn" in name
    }

    assert {tuple(pairs) for pairs in windows.values()} == {
        (("1h", "14.4"), ("5m", "14.4")),
        (("6h", "6"), ("30m", "6")),
        (("3d", "1"), ("6h", "1")),
    }


def test_staging_is_watched_like_production() -> None:
    watched = [of_kind(rendered(overlay), "PrometheusRule") for overlay in OVERLAYS]

    assert [len(rules) for rules in watched] == [0, 4, 4]
    assert [one["spec"] for one in watched[1]] == [one["spec"] for one in watched[2]]
