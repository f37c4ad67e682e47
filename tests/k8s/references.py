"""Does everything that an object names exist: variables, secrets, ports, pods, verbs? A checker."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from infra.__main__ import VERBS
from infra.roles import APP, RELAY
from infra.settings import variable_names
from infra.telemetry.names import METRICS
from tests.k8s.hardening import at_selector
from tests.k8s.objects import (
    WORKLOADS,
    Object,
    Pods,
    at,
    containers,
    is_own,
    of_kind,
    pod_spec,
    pods,
    selects,
    title,
)

# Read by OpenTelemetry's own SDK; the two without a prefix are woven into its resource attributes.
STANDARD = {
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    "OTEL_SEMCONV_STABILITY_OPT_IN",
    "OTEL_RESOURCE_ATTRIBUTES",
    "POD_NAME",
    "POD_NAMESPACE",
}


def loose_ends(objects: list[Object]) -> list[str]:
    """Returns everything that is named but not there; none where all is well."""
    found = [
        f"{title(workload)}: {end}"
        for workload in of_kind(objects, *WORKLOADS)
        for end in _of_workload(workload, objects)
    ]
    return [
        *found,
        *_variables(objects),
        *_selectors(objects),
        *_services(objects),
        *_policies(objects),
        *_targets(objects),
        *_database(objects),
    ]


def _of_workload(workload: Object, objects: list[Object]) -> Iterator[str]:
    volumes = {volume["name"] for volume in pod_spec(workload).get("volumes", ())}
    volumes |= {claim["metadata"]["name"] for claim in workload["spec"].get("volumeClaimTemplates", ())}
    for container in containers(workload):
        mounted = {mount["name"] for mount in container.get("volumeMounts", ())}
        yield from (f"mounts {name}, which is no volume" for name in mounted - volumes)
        yield from (f"has the volume {name}, which nobody mounts" for name in volumes - mounted)
        yield from _of_probes(container)
        yield from _of_environment(container, objects)
        if is_own(container) and container["args"][0] not in {verb.name for verb in VERBS}:
            yield f"runs the verb {container['args'][0]}, which does not exist"
    for volume in pod_spec(workload).get("volumes", ()):
        if "configMap" in volume and volume["configMap"]["name"] not in _names(objects, "ConfigMap"):
            yield f"takes a volume from {volume['configMap']['name']}, which does not exist"


def _of_probes(container: Object) -> Iterator[str]:
    ports = {port["name"] for port in container.get("ports", ())}
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        port = at(container, f"{probe}.httpGet.port")
        if port is not None and port not in ports:
            yield f"{probe} asks the port {port}, which is not open"


def _of_environment(container: Object, objects: list[Object]) -> Iterator[str]:
    for source in container.get("envFrom", ()):
        if source["configMapRef"]["name"] not in _names(objects, "ConfigMap"):
            yield f"reads {source['configMapRef']['name']}, which does not exist"
    for variable in container.get("env", ()):
        if is_own(container) and variable["name"] not in STANDARD | set(variable_names()):
            yield f"sets {variable['name']}, which nothing reads"
        for kind, keys in (("secretKeyRef", _secrets(objects)), ("configMapKeyRef", _settings(objects))):
            named = at(variable, f"valueFrom.{kind}")
            if isinstance(named, dict) and named["key"] not in keys.get(named["name"], set()):
                yield f"takes {variable['name']} from {named['name']}/{named['key']}, which does not exist"


def _names(objects: list[Object], kind: str) -> set[str]:
    return {one["metadata"]["name"] for one in of_kind(objects, kind)}


def _secrets(objects: list[Object]) -> dict[str, set[str]]:
    """Returns the keys of every secret that is there or will be made."""
    there = {one["metadata"]["name"]: set(one["data"]) for one in of_kind(objects, "Secret")}
    made = {
        one["spec"]["target"]["name"]: set(one["spec"]["target"]["template"]["data"])
        for one in of_kind(objects, "ExternalSecret")
    }
    return there | made


def _settings(objects: list[Object]) -> dict[str, set[str]]:
    return {one["metadata"]["name"]: set(one["data"]) for one in of_kind(objects, "ConfigMap")}


def _variables(objects: list[Object]) -> Iterator[str]:
    for name, keys in _settings(objects).items():
        if name.startswith("cxgraph-settings"):
            yield from (f"{name} sets {key}, which nothing reads" for key in keys - set(variable_names()))


def _selectors(objects: list[Object]) -> Iterator[str]:
    known = pods(objects)
    for one in of_kind(objects, "PodDisruptionBudget", "NetworkPolicy", "PodMonitor", *WORKLOADS[:2]):
        selector = one["spec"]["podSelector"] if one["kind"] == "NetworkPolicy" else at_selector(one)
        chosen = [pod for pod in known if selects(selector, pod.labels)]
        if not chosen:
            yield f"{title(one)}: selects no pods"
        if one["kind"] in WORKLOADS and [pod.name for pod in chosen] != [one["metadata"]["name"]]:
            yield f"{title(one)}: selects {[pod.name for pod in chosen]}"
        for endpoint in one["spec"].get("podMetricsEndpoints", ()):
            yield from (
                f"{title(one)}: scrapes {endpoint['port']}, which {pod.name} has not"
                for pod in chosen
                if endpoint["port"] not in pod.ports
            )


def _services(objects: list[Object]) -> Iterator[str]:
    for service in of_kind(objects, "Service"):
        behind = [
            pod for pod in pods(objects) if selects({"matchLabels": service["spec"]["selector"]}, pod.labels)
        ]
        if len(behind) != 1:
            yield f"{title(service)}: leads to {[pod.name for pod in behind]}"
        for port in service["spec"]["ports"]:
            if not all(port["targetPort"] in pod.ports for pod in behind):
                yield f"{title(service)}: leads to the port {port['targetPort']}, which is not open"


def _policies(objects: list[Object]) -> Iterator[str]:
    known = pods(objects)
    for policy in of_kind(objects, "NetworkPolicy"):
        chosen = [pod for pod in known if selects(policy["spec"]["podSelector"], pod.labels)]
        for rule in policy["spec"].get("ingress", ()):
            yield from (f"{title(policy)}: {end}" for end in _closed(rule, chosen))
        for rule in policy["spec"].get("egress", ()):
            for peer in rule.get("to", ()):
                if set(peer) == {"podSelector"}:
                    met = [pod for pod in known if selects(peer["podSelector"], pod.labels)]
                    yield from (f"{title(policy)}: {end}" for end in _closed(rule, met))


def _closed(rule: Object, chosen: list[Pods]) -> Iterator[str]:
    if not chosen:
        yield "meets no pods"
    for port in rule["ports"]:
        if not any(port["port"] in pod.ports for pod in chosen):
            yield f"allows the port {port['port']}, which no pod opens"


def _targets(objects: list[Object]) -> Iterator[str]:
    for scaler in of_kind(objects, "HorizontalPodAutoscaler"):
        if scaler["spec"]["scaleTargetRef"]["name"] not in _names(objects, "Deployment"):
            yield f"{title(scaler)}: scales nothing"
        for metric in scaler["spec"]["metrics"]:
            name = at(metric, "pods.metric.name")
            if name and name not in {known.prometheus for known in METRICS}:
                yield f"{title(scaler)}: scales on {name}, which nobody measures"
    open_ports = {
        (one["metadata"]["name"], port["port"])
        for one in of_kind(objects, "Service")
        for port in one["spec"]["ports"]
    }
    for route in of_kind(objects, "HTTPRoute"):
        for backend in (backend for rule in route["spec"]["rules"] for backend in rule["backendRefs"]):
            if (backend["name"], backend["port"]) not in open_ports:
                yield f"{title(route)}: leads to {backend['name']}:{backend['port']}, which is not open"


def _database(objects: list[Object]) -> Iterator[str]:
    clusters = _names(objects, "Cluster")
    for one in of_kind(objects, "Pooler", "ScheduledBackup"):
        if one["spec"]["cluster"]["name"] not in clusters:
            yield f"{title(one)}: belongs to no cluster"
    for cluster in of_kind(objects, "Cluster"):
        roles = cluster["spec"]["managed"]["roles"]
        yield from (f"the role {name} is missing" for name in {APP, RELAY} - {role["name"] for role in roles})
        for role in roles:
            if "username" not in _secrets(objects).get(role["passwordSecret"]["name"], set()):
                yield f"the role {role['name']} has no password"
        for plugin in cluster["spec"].get("plugins", ()):
            if plugin["parameters"]["barmanObjectName"] not in _names(objects, "ObjectStore"):
                yield f"{title(cluster)}: archives to nowhere"
    hosts = {f"{name}-rw" for name in clusters} | _names(objects, "Pooler")
    for secret in of_kind(objects, "ExternalSecret"):
        data = secret["spec"]["target"]["template"]["data"]
        url = urlsplit(data.get("url", "").replace("{{", "").replace("}}", ""))
        if "url" in data and url.hostname not in hosts:
            yield f"{title(secret)}: leads to {url.hostname}, which does not exist"
