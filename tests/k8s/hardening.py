"""What must every pod keep to, so that one that is taken over can do little? A checker names each breach."""

import re
from collections.abc import Iterator

from tests.k8s.objects import (
    WORKLOADS,
    Object,
    at,
    containers,
    is_own,
    of_kind,
    pod_spec,
    pods,
    selects,
    title,
)

NOBODY = 65532
POD_RULES: dict[str, object] = {
    "serviceAccountName": "cxgraph",
    "automountServiceAccountToken": False,
    "enableServiceLinks": False,
    "securityContext.runAsNonRoot": True,
    "securityContext.runAsUser": NOBODY,
    "securityContext.runAsGroup": NOBODY,
    "securityContext.fsGroup": NOBODY,
    "securityContext.seccompProfile.type": "RuntimeDefault",
}
CONTAINER_RULES: dict[str, object] = {
    "securityContext.allowPrivilegeEscalation": False,
    "securityContext.readOnlyRootFilesystem": True,
    "securityContext.privileged": False,
    "securityContext.capabilities.drop": ["ALL"],
}
LEVEL = "pod-security.kubernetes.io"
NAMESPACE_RULES = {
    f"{LEVEL}/enforce": "restricted",
    f"{LEVEL}/enforce-version": "latest",
    f"{LEVEL}/audit": "restricted",
    f"{LEVEL}/warn": "restricted",
}
CLUSTER_RULES: dict[str, object] = {"enableSuperuserAccess": False}
ROLE_RULES = {"superuser": False, "bypassrls": False, "createdb": False, "createrole": False}
PROBES = {"startupProbe": "/livez", "livenessProbe": "/livez", "readinessProbe": "/readyz"}
PINNED = re.compile(r"[\w./-]+(?:@sha256:[0-9a-f]{64}|:\d+\.\d+\.\d+[\w.-]*|:dev)")
DRAIN_SECONDS = 25
FLUSH_SECONDS = 5


def complaints(objects: list[Object]) -> list[str]:
    """Returns every breach of the rules; none where all is well."""
    found = [
        f"{title(workload)}: {breach}"
        for workload in of_kind(objects, *WORKLOADS)
        for breach in _of_workload(workload, objects)
    ]
    return [*found, *_of_namespace(objects), *_of_network(objects), *_of_database(objects)]


def _of_workload(workload: Object, objects: list[Object]) -> Iterator[str]:
    spec = pod_spec(workload)
    yield from _differing(spec, POD_RULES)
    for sharing in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(sharing):
            yield f"shares the node by {sharing}"
    for container in containers(workload):
        yield from _of_container(container)
    for volume in spec.get("volumes", ()):
        yield from _of_volume(volume)
    if workload["kind"] != "Job":
        yield from _of_lasting(workload, objects)


def _of_container(container: Object) -> Iterator[str]:
    yield from _differing(container, CONTAINER_RULES)
    for path in ("resources.requests.cpu", "resources.requests.memory", "resources.limits.memory"):
        if at(container, path) is None:
            yield f"{container['name']} has no {path}"
    if at(container, "resources.limits.cpu") is not None:
        yield f"{container['name']} is throttled by a CPU limit"
    if at(container, "securityContext.capabilities.add"):
        yield f"{container['name']} has capabilities"
    if not PINNED.fullmatch(container["image"]):
        yield f"{container['name']} runs {container['image']}, which can change"


def _of_volume(volume: Object) -> Iterator[str]:
    if "hostPath" in volume:
        yield f"{volume['name']} is a folder of the node"
    if "emptyDir" in volume and "sizeLimit" not in volume["emptyDir"]:
        yield f"{volume['name']} has no limit"


def _of_lasting(workload: Object, objects: list[Object]) -> Iterator[str]:
    """Looks at what serves: its probes, how it ends, where it runs, who may evict it."""
    spec = pod_spec(workload)
    for container in containers(workload):
        yield from _of_probes(container)
        if not _pause(container, objects):
            yield f"{container['name']} ends before others know"
        if is_own(container) and at(container, "lifecycle.preStop"):
            yield f"{container['name']} waits twice before it ends"
    pause = max(_pause(container, objects) for container in containers(workload))
    if spec.get("terminationGracePeriodSeconds", 0) < pause + DRAIN_SECONDS + FLUSH_SECONDS:
        yield "is killed before it has drained"
    if not spec.get("topologySpreadConstraints"):
        yield "may run on one node altogether"
    labels = workload["spec"]["template"]["metadata"]["labels"]
    for constraint in spec.get("topologySpreadConstraints", ()):
        if not selects(constraint.get("labelSelector", {"matchLabels": {"": ""}}), labels):
            yield "spreads other pods than its own"
    budgets = [
        budget for budget in of_kind(objects, "PodDisruptionBudget") if selects(at_selector(budget), labels)
    ]
    if len(budgets) != 1:
        yield f"has {len(budgets)} budgets of disruption"
    for budget in budgets:
        yield from _differing(
            budget["spec"], {"maxUnavailable": 1, "unhealthyPodEvictionPolicy": "AlwaysAllow"}
        )


def _pause(container: Object, objects: list[Object]) -> float:
    """Returns for how long a container that ends goes on; the service knows by its settings."""
    if not is_own(container):
        hook = at(container, "lifecycle.preStop")
        return float(str(at(hook, "sleep.seconds") or (hook is not None and 1) or 0))
    named = {at(source, "configMapRef.name") for source in container.get("envFrom", ())}
    settings = [one for one in of_kind(objects, "ConfigMap") if one["metadata"]["name"] in named]
    return max((float(one["data"].get("CXGRAPH_PAUSE_SECONDS", 0)) for one in settings), default=0.0)


def _of_probes(container: Object) -> Iterator[str]:
    for probe, path in PROBES.items():
        asked = at(container, f"{probe}.httpGet.path")
        if asked is None:
            yield f"{container['name']} has no {probe}"
        elif is_own(container) and asked != path:
            yield f"{container['name']} asks {asked} as {probe}, not {path}"


def at_selector(one: Object) -> Object:
    """Returns whom an object selects; one without a selector selects nobody."""
    selector: Object = one["spec"].get("selector") or {"matchLabels": {"": ""}}
    return selector


def _of_namespace(objects: list[Object]) -> Iterator[str]:
    for namespace in of_kind(objects, "Namespace"):
        labels = namespace["metadata"].get("labels", {})
        for name, wanted in NAMESPACE_RULES.items():
            if labels.get(name) != wanted:
                yield f"{title(namespace)}: {name} is not {wanted}"
    if not of_kind(objects, "Namespace"):
        yield "there is no namespace, so nothing enforces the restricted profile"
    for account in of_kind(objects, "ServiceAccount"):
        if account.get("automountServiceAccountToken") is not False:
            yield f"{title(account)}: hands out tokens"


def _of_network(objects: list[Object]) -> Iterator[str]:
    policies = of_kind(objects, "NetworkPolicy")
    closed = [policy for policy in policies if policy["spec"] == _deny_all()]
    if not closed:
        yield "nothing denies by default"
    for policy in policies:
        types = set(policy["spec"].get("policyTypes", ()))
        for direction in ("ingress", "egress"):
            for rule in policy["spec"].get(direction, ()):
                if not rule.get("ports"):
                    yield f"{title(policy)}: opens every port"
            if direction in policy["spec"] and direction.capitalize() not in types:
                yield f"{title(policy)}: says {direction} but not in policyTypes"
    for one in pods(objects):
        if not any(
            selects(policy["spec"]["podSelector"], one.labels) for policy in policies if policy not in closed
        ):
            yield f"{one.name}: no policy knows these pods"


def _deny_all() -> Object:
    return {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def _of_database(objects: list[Object]) -> Iterator[str]:
    for cluster in of_kind(objects, "Cluster"):
        yield from _differing(cluster["spec"], CLUSTER_RULES)
        for role in cluster["spec"]["managed"]["roles"]:
            if role["name"] != cluster["spec"]["bootstrap"]["initdb"]["owner"]:
                yield from _differing(role, ROLE_RULES)


def _differing(holder: Object, rules: dict[str, object] | dict[str, bool]) -> Iterator[str]:
    for path, wanted in rules.items():
        found = at(holder, path)
        if found != wanted or type(found) is not type(wanted):
            yield f"{holder.get('name', '')} {path} is {found}, not {wanted}".lstrip()
