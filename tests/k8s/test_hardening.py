"""Is every pod hardened, and would the checker notice if one were not any more?"""

import copy
from collections.abc import Iterator

import pytest

from tests.k8s.hardening import complaints
from tests.k8s.objects import OVERLAYS, WORKLOADS, Object, containers, of_kind, pod_spec, rendered, title

every_overlay = pytest.mark.parametrize("overlay", OVERLAYS)

Place = tuple[int, tuple[str | int, ...]]
IN_PODS = (
    "serviceAccountName",
    "automountServiceAccountToken",
    "enableServiceLinks",
    "terminationGracePeriodSeconds",
)
ROLE_FIELDS = ("superuser", "bypassrls", "createdb", "createrole")


def removable(objects: list[Object]) -> Iterator[Place]:
    """Yields where each hardening field is: the object's number and the way to the field."""
    for number, one in enumerate(objects):
        yield from ((number, way) for way in _ways(one))


def _ways(one: Object) -> Iterator[tuple[str | int, ...]]:
    if one["kind"] in WORKLOADS:
        yield from _ways_in_pods(one)
    elif one["kind"] == "Namespace":
        yield from (
            ("metadata", "labels", name) for name in one["metadata"]["labels"] if "pod-security" in name
        )
    elif one["kind"] == "ServiceAccount":
        yield ("automountServiceAccountToken",)
    elif one["kind"] == "PodDisruptionBudget":
        yield from (("spec", name) for name in one["spec"])
    elif one["kind"] == "NetworkPolicy":
        yield from _ways_in_policies(one)
    elif one["kind"] == "ConfigMap" and one["metadata"]["name"].startswith("cxgraph-settings"):
        yield ("data", "CXGRAPH_PAUSE_SECONDS")
    elif one["kind"] == "Cluster":
        yield ("spec", "enableSuperuserAccess")
        for number, role in enumerate(one["spec"]["managed"]["roles"]):
            yield from (("spec", "managed", "roles", number, name) for name in ROLE_FIELDS if name in role)


def _ways_in_pods(workload: Object) -> Iterator[tuple[str | int, ...]]:
    begin = ("spec", "template", "spec")
    spec = pod_spec(workload)
    yield from ((*begin, name) for name in IN_PODS if name in spec)
    yield from ((*begin, *way) for way in leaves(spec["securityContext"], ("securityContext",)))
    yield from ((*begin, "topologySpreadConstraints") for _ in [0] if "topologySpreadConstraints" in spec)
    for number, _ in enumerate(spec.get("topologySpreadConstraints", ())):
        yield (*begin, "topologySpreadConstraints", number, "labelSelector")
    for number, volume in enumerate(spec.get("volumes", ())):
        yield from (
            (*begin, "volumes", number, "emptyDir", name)
            for name in volume.get("emptyDir", ())
            if name == "sizeLimit"
        )
    for number, container in enumerate(containers(workload)):
        place = (*begin, "containers", number)
        yield from ((*place, *way) for way in leaves(container["securityContext"], ("securityContext",)))
        yield from ((*place, *way) for way in leaves(container["resources"], ("resources",)))
        yield from ((*place, name) for name in container if name.endswith("Probe") or name == "lifecycle")


def _ways_in_policies(policy: Object) -> Iterator[tuple[str | int, ...]]:
    yield ("spec", "policyTypes")
    for direction in ("ingress", "egress"):
        for number, _ in enumerate(policy["spec"].get(direction, ())):
            yield ("spec", direction, number, "ports")


def leaves(holder: Object, begin: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    """Yields the way to everything that holds nothing more, lists taken whole."""
    for name, value in holder.items():
        if isinstance(value, dict):
            yield from leaves(value, (*begin, name))
        else:
            yield (*begin, name)


def without(objects: list[Object], place: Place) -> list[Object]:
    """Returns the objects with one field less."""
    number, way = place
    changed = [*objects]
    holder = changed[number] = copy.deepcopy(objects[number])
    for step in way[:-1]:
        holder = holder[step]  # type: ignore[index]  # a way may lead through lists, whose steps are numbers
    del holder[way[-1]]  # type: ignore[arg-type]  # the same
    return changed


@every_overlay
def test_every_pod_is_hardened(overlay: str) -> None:
    assert complaints(rendered(overlay)) == []


@every_overlay
def test_no_hardening_field_can_be_removed_unnoticed(overlay: str) -> None:
    objects = rendered(overlay)
    places = list(removable(objects))

    unnoticed = [
        f"{title(objects[place[0]])} {place[1]}"
        for place in places
        if not complaints(without(objects, place))
    ]

    assert len(places) > 80
    assert unnoticed == []


@every_overlay
def test_no_object_that_protects_can_be_removed_unnoticed(overlay: str) -> None:
    objects = rendered(overlay)
    protecting = of_kind(objects, "Namespace", "PodDisruptionBudget")
    protecting += [
        one for one in of_kind(objects, "NetworkPolicy") if one["metadata"]["name"] == "default-deny"
    ]

    unnoticed = [
        title(one) for one in protecting if not complaints([other for other in objects if other is not one])
    ]

    assert unnoticed == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("privileged", True), ("allowPrivilegeEscalation", True), ("readOnlyRootFilesystem", False)],
)
def test_a_loosened_container_is_noticed(name: str, value: object) -> None:
    objects = rendered("production")
    for workload in of_kind(objects, *WORKLOADS):
        containers(workload)[0]["securityContext"][name] = value

    assert len(complaints(objects)) == len(of_kind(objects, *WORKLOADS))


@pytest.mark.parametrize("image", ["cxgraph", "cxgraph:latest", "cxgraph:1", "registry.example.com/cxgraph"])
def test_an_image_that_can_change_is_noticed(image: str) -> None:
    objects = rendered("staging")
    containers(of_kind(objects, "Job")[0])[0]["image"] = image

    [complaint] = complaints(objects)

    assert "which can change" in complaint


def test_what_goes_to_customers_is_named_by_its_digest() -> None:
    for overlay in ("staging", "production"):
        own = [
            container["image"]
            for workload in of_kind(rendered(overlay), *WORKLOADS)
            for container in containers(workload)
            if "cxgraph" in container["image"]
        ]
        assert len(own) == 3
        assert all("@sha256:" in image for image in own)
