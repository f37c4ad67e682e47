"""Do the dashboards show only what the code measures?"""

import json
import re
from typing import Any

import pytest

from infra.telemetry.names import METRICS, Metric
from tests.k8s.expressions import OWN, unknown, used
from tests.k8s.objects import K8S, of_kind, rendered
from tests.k8s.promtool import rules

FOLDER = K8S / "components" / "observability" / "dashboards"
DASHBOARDS = {path.name: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}

every_dashboard = pytest.mark.parametrize("name", DASHBOARDS)


def expressions(name: str) -> list[str]:
    dashboard: dict[str, Any] = DASHBOARDS[name]
    asked = [
        variable["query"]["query"]
        for variable in dashboard["templating"]["list"]
        if variable["type"] == "query"
    ]
    asked = [re.sub(r"label_values\((\w+), (\w+)\)", r"sum by (\2) (\1)", query) for query in asked]
    return asked + [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]


def test_there_is_one_for_the_service_the_loop_the_relay_and_the_database() -> None:
    assert list(DASHBOARDS) == [f"cxgraph-{part}.json" for part in ("database", "loop", "relay", "service")]


@every_dashboard
def test_a_dashboard_names_only_what_is_measured(name: str) -> None:
    assert {shown: unknown(shown) for shown in expressions(name) if unknown(shown)} == {}


@every_dashboard
def test_every_panel_is_asked_in_one_namespace_and_says_what_it_shows(name: str) -> None:
    for panel in DASHBOARDS[name]["panels"]:
        assert panel["description"], panel["title"]
        assert all('namespace="$namespace"' in target["expr"] for target in panel["targets"]), panel["title"]


@every_dashboard
def test_panels_do_not_lie_upon_each_other(name: str) -> None:
    places = [tuple(panel["gridPos"].values()) for panel in DASHBOARDS[name]["panels"]]

    assert len(set(places)) == len(places)
    assert all(x + width <= 24 for x, _, width, _ in places)


@every_dashboard
def test_a_dashboard_comes_with_the_overlays(name: str) -> None:
    [carrier] = [one for one in of_kind(rendered("production"), "ConfigMap") if name in one["data"]]

    assert carrier["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert json.loads(carrier["data"][name]) == DASHBOARDS[name]


def test_every_metric_of_the_service_is_shown_or_watched() -> None:
    everything = [shown for name in DASHBOARDS for shown in expressions(name)]
    everything += [rule["expr"] for group in rules() for rule in group["rules"]]
    seen = {OWN[name] for expression in everything for name, _ in used(expression) if name in OWN}

    # Whether a pod is ready is what Kubernetes knows best.
    assert {metric.name for metric in METRICS} - {metric.name for metric in seen} == {"cxgraph.ready"}


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("sum(cxgraph_pool_used)", ["cxgraph_pool_used"]),
        ('rate(cxgraph_relay_events_total{result="dead"}[5m])', ["cxgraph_relay_events_total{result}"]),
        (
            'rate(cxgraph_relay_events_total{cxgraph_relay_result="lost"}[5m])',
            ["cxgraph_relay_events_total{cxgraph_relay_result=lost}"],
        ),
        ("sum by (tenant) (cxgraph_pool_size)", ["by tenant"]),
        ("cxgraph_sql_duration_seconds > 1", ["cxgraph_sql_duration_seconds"]),
        ("max(cnpg_pg_replication_lags)", ["cnpg_pg_replication_lags"]),
        ('sum by (pod) (cxgraph_pool_in_use{namespace="a"}) / 8', []),
    ],
)
def test_a_metric_or_label_that_does_not_exist_is_noticed(expression: str, found: list[str]) -> None:
    assert unknown(expression) == found


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_renaming_a_metric_that_is_shown_is_noticed(metric: Metric, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = [shown for name in DASHBOARDS for shown in expressions(name)]
    everything += [rule["expr"] for group in rules() for rule in group["rules"]]
    uses = [
        expression
        for expression in everything
        if any(OWN.get(name) == metric for name, _ in used(expression))
    ]

    monkeypatch.setattr(
        "tests.k8s.expressions.OWN", {name: one for name, one in OWN.items() if one != metric}
    )

    assert [expression for expression in uses if not unknown(expression)] == []
