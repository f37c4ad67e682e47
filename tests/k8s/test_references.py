"""Is everything there that is named, and would a wrong name be noticed?"""

from collections.abc import Callable

import pytest

from infra.settings import variable_names
from tests.k8s.objects import OVERLAYS, WORKLOADS, Object, containers, of_kind, rendered
from tests.k8s.references import loose_ends

every_overlay = pytest.mark.parametrize("overlay", OVERLAYS)


def named(objects: list[Object], kind: str, name: str) -> Object:
    [found] = [one for one in of_kind(objects, kind) if one["metadata"]["name"].startswith(name)]
    return found


def api(objects: list[Object]) -> Object:
    return containers(named(objects, "Deployment", "cxgraph-api"))[0]


def rename_setting(objects: list[Object]) -> None:
    settings = named(objects, "ConfigMap", "cxgraph-settings")["data"]
    settings["CXGRAPH_POOLSIZE"] = settings.pop("CXGRAPH_POOL_SIZE")


def rename_variable(objects: list[Object]) -> None:
    api(objects)["env"][0]["name"] = "CXGRAPH_PERIODICAL_WORK"


def rename_secret(objects: list[Object]) -> None:
    api(objects)["env"][2]["valueFrom"]["secretKeyRef"]["name"] = "cxgraph-database"


def rename_key(objects: list[Object]) -> None:
    api(objects)["env"][2]["valueFrom"]["secretKeyRef"]["key"] = "uri"


def rename_verb(objects: list[Object]) -> None:
    api(objects)["args"] = ["server"]


def rename_port(objects: list[Object]) -> None:
    api(objects)["ports"][0]["name"] = "web"


def rename_probe_port(objects: list[Object]) -> None:
    api(objects)["readinessProbe"]["httpGet"]["port"] = "probes"


def relabel_pods(objects: list[Object]) -> None:
    deployment = named(objects, "Deployment", "cxgraph-api")
    deployment["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/component"] = "web"


def rename_metric(objects: list[Object]) -> None:
    scaler = named(objects, "HorizontalPodAutoscaler", "cxgraph-api")
    scaler["spec"]["metrics"][1]["pods"]["metric"]["name"] = "cxgraph_subscriptions_open"


def rename_target(objects: list[Object]) -> None:
    named(objects, "HorizontalPodAutoscaler", "cxgraph-api")["spec"]["scaleTargetRef"]["name"] = "api"


def rename_backend(objects: list[Object]) -> None:
    named(objects, "HTTPRoute", "cxgraph")["spec"]["rules"][0]["backendRefs"][0]["name"] = "api"


def rename_role(objects: list[Object]) -> None:
    named(objects, "Cluster", "cxgraph-postgres")["spec"]["managed"]["roles"][1]["name"] = "cxgraph"


def rename_cluster(objects: list[Object]) -> None:
    named(objects, "Pooler", "cxgraph-pooler")["spec"]["cluster"]["name"] = "postgres"


def close_policy_port(objects: list[Object]) -> None:
    policy = named(objects, "NetworkPolicy", "api-from-gateway")
    policy["spec"]["ingress"][0]["ports"][0]["port"] = 8080


def rename_scraped_port(objects: list[Object]) -> None:
    named(objects, "PodMonitor", "cxgraph-pooler")["spec"]["podMetricsEndpoints"][0]["port"] = "web"


def forget_volume(objects: list[Object]) -> None:
    named(objects, "Deployment", "cxgraph-relay")["spec"]["template"]["spec"]["volumes"] = []


WRONG_NAMES: tuple[Callable[[list[Object]], None], ...] = (
    rename_setting,
    rename_variable,
    rename_secret,
    rename_key,
    rename_verb,
    rename_port,
    rename_probe_port,
    relabel_pods,
    rename_metric,
    rename_target,
    rename_backend,
    rename_role,
    rename_cluster,
    close_policy_port,
    rename_scraped_port,
    forget_volume,
)


@every_overlay
def test_everything_that_is_named_exists(overlay: str) -> None:
    assert loose_ends(rendered(overlay)) == []


@pytest.mark.parametrize("mistake", WRONG_NAMES, ids=lambda mistake: mistake.__name__)
def test_a_wrong_name_is_noticed(mistake: Callable[[list[Object]], None]) -> None:
    objects = rendered("production")

    mistake(objects)

    assert loose_ends(objects) != []


def set_in_production() -> list[str]:
    """Return the variables of the service that production sets, in whatever way."""
    objects = rendered("production")
    workloads = of_kind(objects, *WORKLOADS)
    given = [
        one["name"] for workload in workloads for box in containers(workload) for one in box.get("env", ())
    ]
    listed = [name for one in of_kind(objects, "ConfigMap") for name in one["data"]]
    return sorted({*given, *listed} & set(variable_names()))


@pytest.mark.parametrize("variable", set_in_production())
def test_a_variable_that_the_code_gives_up_is_noticed(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fewer = {name: field for name, field in variable_names().items() if name != variable}
    monkeypatch.setattr("tests.k8s.references.variable_names", lambda: fewer)

    ends = loose_ends(rendered("production"))

    assert ends != []
    assert all(f"{variable}, which nothing reads" in end for end in ends)
