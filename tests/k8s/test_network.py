"""Who may talk to whom? Policies read as Kubernetes reads them: both ends must allow, and nothing else is."""

from collections.abc import Iterator

import pytest

from tests.k8s.objects import Object, Pods, of_kind, pods, rendered, selects

INSIDE = {
    ("cxgraph-api", "cxgraph-pooler", 5432),
    ("cxgraph-api", "cxgraph-postgres", 5432),
    ("cxgraph-relay", "cxgraph-postgres", 5432),
    ("cxgraph-migrate", "cxgraph-postgres", 5432),
    ("cxgraph-pooler", "cxgraph-postgres", 5432),
    ("cxgraph-postgres", "cxgraph-postgres", 5432),
    ("cxgraph-postgres", "cxgraph-postgres", 8000),
}
TELEMETRY = {
    ("cxgraph-api", "cxgraph-collector", 4318),
    ("cxgraph-relay", "cxgraph-collector", 4318),
    ("cxgraph-migrate", "cxgraph-collector", 4318),
    ("cxgraph-collector", "cxgraph-sampler", 4317),
}
EVENTS = {
    ("cxgraph-api", "cxgraph-nats", 4222),
    ("cxgraph-relay", "cxgraph-nats", 4222),
    ("cxgraph-nats", "cxgraph-nats", 6222),
}
WAYS = {"dev": INSIDE, "staging": INSIDE | TELEMETRY, "production": INSIDE | TELEMETRY | EVENTS}


def ways(objects: list[Object]) -> Iterator[tuple[str, str, int]]:
    """Yields every way between the pods of the namespace that both ends allow."""
    policies = of_kind(objects, "NetworkPolicy")
    for source in pods(objects):
        for target in pods(objects):
            for port in (port for port in target.ports if isinstance(port, int)):
                leaves = _allows(_rules(policies, source, "egress", "to"), target, port, target)
                enters = _allows(_rules(policies, target, "ingress", "from"), source, port, target)
                if leaves and enters:
                    yield source.name, target.name, port


def _rules(
    policies: list[Object], own: Pods, direction: str, peers: str
) -> list[tuple[list[Object], Object]]:
    """Returns whom each rule for these pods means, with the rule."""
    return [
        (rule.get(peers, []), rule)
        for policy in policies
        if selects(policy["spec"]["podSelector"], own.labels)
        for rule in policy["spec"].get(direction, ())
    ]


def _allows(rules: list[tuple[list[Object], Object]], other: Pods, port: int, opened: Pods) -> bool:
    return any(_meets(peers, other) and _opens(rule, port, opened) for peers, rule in rules)


def _meets(peers: list[Object], other: Pods) -> bool:
    """Tells whether a rule means other pods of the namespace; addresses outside are other ways."""
    return any(set(peer) == {"podSelector"} and selects(peer["podSelector"], other.labels) for peer in peers)


def _opens(rule: Object, port: int, target: Pods) -> bool:
    wanted = {entry["port"] for entry in rule["ports"]}
    return port in wanted or ("http" in wanted and port == 8000 and "http" in target.ports)


@pytest.mark.parametrize("overlay", WAYS)
def test_pods_reach_what_they_need_and_nothing_else(overlay: str) -> None:
    assert set(ways(rendered(overlay))) == WAYS[overlay]


def test_nothing_of_the_service_reaches_the_cluster_s_own_addresses() -> None:
    for overlay in WAYS:
        blocks = [
            peer["ipBlock"]
            for policy in of_kind(rendered(overlay), "NetworkPolicy")
            for rule in policy["spec"].get("egress", ())
            for peer in rule.get("to", ())
            if "ipBlock" in peer
        ]
        [v4] = [block for block in blocks if block["cidr"] == "0.0.0.0/0"]
        assert {"10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"} <= set(
            v4["except"]
        )
        assert [block["cidr"] for block in blocks if block != v4] == ["2000::/3"]


def test_only_the_gateway_reaches_the_service_from_outside() -> None:
    outside = [
        peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
        for policy in of_kind(rendered("production"), "NetworkPolicy")
        if selects(
            policy["spec"]["podSelector"],
            {"app.kubernetes.io/name": "cxgraph", "app.kubernetes.io/component": "api"},
        )
        for rule in policy["spec"].get("ingress", ())
        for peer in rule["from"]
    ]

    assert outside == ["gateway"]
