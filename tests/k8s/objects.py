"""What does an overlay render to? Its objects, and the pods among them."""

import copy
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.house.sources import ROOT

Object = dict[str, Any]  # what YAML holds has no other type

K8S = ROOT / "k8s"
RENDERED = K8S / "rendered"
OVERLAYS = ("dev", "staging", "production")
WORKLOADS = ("Deployment", "StatefulSet", "Job")
MARK = "# Rendered from sources whose SHA-256 is "


@dataclass(frozen=True, slots=True)
class Pods:
    """Pods alike: their labels and the numbers and names of their ports."""

    name: str
    labels: dict[str, str]
    ports: frozenset[int | str]


# Made by the CloudNativePG operator, so no manifest shows them.
OPERATED = {
    "Cluster": ({"cnpg.io/cluster": "cxgraph-postgres", "cnpg.io/podRole": "instance"}, {5432, 8000, 9187}),
    "Pooler": ({"cnpg.io/poolerName": "cxgraph-pooler"}, {5432, 9127}),
}


def rendered(overlay: str) -> list[Object]:
    """Returns an overlay's objects; changing them changes nobody else's."""
    return copy.deepcopy(_read(RENDERED / f"{overlay}.yaml"))


@cache
def _read(path: Path) -> list[Object]:
    return [found for found in yaml.safe_load_all(path.read_text()) if found]


def sources_digest() -> str:
    """Returns the digest of all that is rendered from."""
    digest = hashlib.sha256()
    for path in sorted(
        path for part in ("base", "components", "overlays") for path in (K8S / part).rglob("*")
    ):
        if path.is_file():
            digest.update(f"{path.relative_to(K8S)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def of_kind(objects: list[Object], *kinds: str) -> list[Object]:
    """Returns the objects of these kinds."""
    return [one for one in objects if one["kind"] in kinds]


def title(one: Object) -> str:
    """Names an object for a person."""
    return f"{one['kind']}/{one['metadata']['name']}"


def at(holder: object, path: str) -> object:
    """Returns what lies at a dotted path, None where nothing does."""
    for step in path.split("."):
        if not isinstance(holder, dict) or step not in holder:
            return None
        holder = holder[step]
    return holder


def pod_spec(workload: Object) -> Object:
    """Returns the specification of a workload's pods."""
    spec: Object = workload["spec"]["template"]["spec"]
    return spec


def containers(workload: Object) -> list[Object]:
    """Returns the containers of a workload's pods, those of its beginning too."""
    spec = pod_spec(workload)
    return [*spec.get("initContainers", ()), *spec["containers"]]


def is_own(container: Object) -> bool:
    """Tells whether a container runs the service."""
    name: str = container["image"].split("@")[0].split(":")[0]
    return name.rpartition("/")[2] == "cxgraph"


def pods(objects: list[Object]) -> list[Pods]:
    """Returns all pods that the objects lead to."""
    return [*_own(objects), *_operated(objects)]


def _own(objects: list[Object]) -> Iterator[Pods]:
    for workload in of_kind(objects, *WORKLOADS):
        ports = [port for container in containers(workload) for port in container.get("ports", ())]
        named = frozenset([port["containerPort"] for port in ports] + [port["name"] for port in ports])
        labels = workload["spec"]["template"]["metadata"]["labels"]
        yield Pods(workload["metadata"]["name"], labels, named)


def _operated(objects: list[Object]) -> Iterator[Pods]:
    for one in of_kind(objects, *OPERATED):
        labels, ports = OPERATED[one["kind"]]
        yield Pods(one["metadata"]["name"], labels, frozenset({*ports, "metrics"}))


def selects(selector: Object, labels: dict[str, str]) -> bool:
    """Tells whether a label selector, as Kubernetes reads it, meets these labels."""
    exact = selector.get("matchLabels", {})
    if any(labels.get(key) != value for key, value in exact.items()):
        return False
    return all(_fits(wanted, labels) for wanted in selector.get("matchExpressions", ()))


def _fits(wanted: Object, labels: dict[str, str]) -> bool:
    value = labels.get(wanted["key"])
    return {
        "In": value in wanted.get("values", ()),
        "NotIn": value not in wanted.get("values", ()),
        "Exists": value is not None,
        "DoesNotExist": value is None,
    }[wanted["operator"]]
