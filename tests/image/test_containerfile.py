"""Is the image built to be small, fixed and harmless?"""

import re

from tests.house.sources import ROOT
from tests.image.containerfile import stages
from tests.k8s.objects import WORKLOADS, at, containers, of_kind, pod_spec, rendered


def test_there_are_two_stages_on_bases_that_are_given_by_digest() -> None:
    text = (ROOT / "Containerfile").read_text()

    assert [stage.of("FROM") for stage in stages()] == [["${BUILD} AS build"], ["${RUNTIME}"]]
    assert re.findall(r"^ARG (\w+)$", text, re.MULTILINE) == ["BUILD", "RUNTIME"]


def test_the_last_stage_runs_nothing_and_takes_only_what_was_built() -> None:
    last = stages()[-1]

    assert last.of("RUN") == []
    assert last.of("ADD") == []
    assert all(rest.startswith("--from=build ") for rest in last.of("COPY"))


def test_packages_come_from_the_runtime_s_lock_with_their_hashes() -> None:
    [install, _] = stages()[0].of("RUN")

    assert '"--require-hashes"' in install
    assert '"requirements/runtime.txt"' in install


def test_whom_it_runs_as_is_whom_the_manifests_say() -> None:
    [user] = stages()[-1].of("USER")
    jobs = of_kind(rendered("production"), *WORKLOADS)

    assert user == "65532:65532"
    assert {at(pod_spec(job), "securityContext.runAsUser") for job in jobs} == {65532}


def test_it_opens_the_port_that_the_manifests_ask() -> None:
    [port] = stages()[-1].of("EXPOSE")
    [api] = [one for one in of_kind(rendered("production"), "Deployment") if "api" in one["metadata"]["name"]]

    assert [entry["containerPort"] for entry in containers(api)[0]["ports"]] == [int(port)]


def test_the_build_sees_nothing_but_the_code_and_the_lock() -> None:
    lines = (ROOT / ".containerignore").read_text().splitlines()

    assert lines[0] == "*"
    assert {line[1:] for line in lines if line.startswith("!")} == {
        "requirements/runtime.txt",
        "service",
        "schema",
        "infra",
    }
