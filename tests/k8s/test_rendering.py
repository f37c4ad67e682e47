"""Are the rendered objects those of the sources, and would an API server know every field?"""

import shutil

import kubernetes_validate
import pytest
import yaml

from tests.k8s.custom_resources import KINDS, faults
from tests.k8s.objects import MARK, OVERLAYS, RENDERED, rendered, sources_digest, title
from tests.k8s.rendering import kustomize

KUBERNETES = "1.34"
BUILT_IN = ("v1", "apps/v1", "autoscaling/v2", "batch/v1", "networking.k8s.io/v1", "policy/v1")

every_overlay = pytest.mark.parametrize("overlay", OVERLAYS)


@every_overlay
def test_what_is_rendered_comes_from_today_s_sources(overlay: str) -> None:
    first = (RENDERED / f"{overlay}.yaml").read_text().partition("\n")[0]

    assert first == f"{MARK}{sources_digest()}.", "run `make manifests`"


@pytest.mark.skipif(
    shutil.which("kubectl") is None, reason="kubectl is not here; the digest holds all the same"
)
@every_overlay
def test_kubectl_renders_every_overlay_to_what_is_kept(overlay: str) -> None:
    fresh = [found for found in yaml.safe_load_all(kustomize(overlay)) if found]

    assert fresh == rendered(overlay)


@every_overlay
def test_kubernetes_knows_every_field_of_its_own_kinds(overlay: str) -> None:
    built_in = [one for one in rendered(overlay) if one["apiVersion"] in BUILT_IN]

    assert len(built_in) >= 20
    for one in built_in:
        kubernetes_validate.validate(one, KUBERNETES, strict=True)


@every_overlay
def test_every_field_of_other_kinds_is_one_their_operators_know(overlay: str) -> None:
    others = [one for one in rendered(overlay) if one["apiVersion"] not in BUILT_IN]

    assert {f"{one['apiVersion']}/{one['kind']}" for one in others} <= set(KINDS)
    assert [f"{title(one)}: {fault}" for one in others for fault in faults(one)] == []


def test_a_field_that_no_operator_knows_is_found() -> None:
    [cluster] = [one for one in rendered("production") if one["kind"] == "Cluster"]
    cluster["spec"]["instance"] = cluster["spec"].pop("instances")

    assert faults(cluster) == ["spec.instances is missing", "spec.instance is not known"]


def test_a_value_that_no_operator_takes_is_found() -> None:
    [pooler] = [one for one in rendered("production") if one["kind"] == "Pooler"]
    pooler["spec"]["pgbouncer"]["poolMode"] = "statement"
    pooler["spec"]["instances"] = "2"

    assert faults(pooler) == ["spec.instances is '2'", "spec.pgbouncer.poolMode is 'statement'"]


def test_no_object_is_there_twice() -> None:
    for overlay in OVERLAYS:
        names = [title(one) for one in rendered(overlay)]
        assert sorted(set(names)) == sorted(names)
