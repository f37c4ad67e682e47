"""Do the service desk's rows say what the published incident log says? Its known figures decide."""

from collections import Counter
from datetime import datetime
from statistics import median, quantiles

import pytest

from infra.demo import servicedesk
from infra.demo.incident_steps import Incident, StepType, steps_of
from infra.demo.rows import InteractionRow

SECONDS_AN_HOUR = 3600


@pytest.fixture(scope="module")
def interactions() -> list[InteractionRow]:
    return list(servicedesk.interactions())


def standing_resolution(interaction: InteractionRow) -> str | None:
    """The time of the last resolution, unless a reopening took it back."""
    at = None
    for entry in interaction["events"]:
        if entry["type"] in {"RESOLVED", "REOPENED"}:
            at = entry["at"] if entry["type"] == "RESOLVED" else None
    return at


def incident(states: str, *, resolved: int | None, reopens: list[int] | None = None) -> Incident:
    """An incident with one row a minute, all by one agent of one group."""
    count = len(states)
    return Incident(
        "0000001",
        1,
        0,
        resolved,
        "P",
        1,
        1,
        3,
        1,
        states,
        list(range(count)),
        [1] * count,
        [1] * count,
        [1] * count,
        reopens or [0] * count,
    )


def test_every_row_of_the_log_is_one_ledger_entry(interactions: list[InteractionRow]) -> None:
    assert len(interactions) == len({row["key"] for row in interactions}) == 24_918
    assert Counter(entry["type"] for row in interactions for entry in row["events"]) == {
        "OPENED": 24_643,
        "ASSIGNED": 22_653,
        "STATUS_CHANGED": 5_953,
        "HELD": 6_197,
        "UPDATED": 33_312,
        "RESOLVED": 23_693,
        "REOPENED": 331,
        "CLOSED": 24_930,
    }
    assert sum(len(row["events"]) for row in interactions) == 141_712


def test_resolution_times_are_the_published_ones(interactions: list[InteractionRow]) -> None:
    hours = [
        (datetime.fromisoformat(at) - datetime.fromisoformat(row["openedAt"])).total_seconds()
        / SECONDS_AN_HOUR
        for row in interactions
        if (at := standing_resolution(row))
    ]

    assert len(hours) == 23_362
    assert round(median(hours), 1) == 22.1
    assert round(quantiles(hours, n=10, method="inclusive")[-1], 1) == 381.5


def test_service_levels_are_the_published_ones(interactions: list[InteractionRow]) -> None:
    assert sum(row["slaMet"] for row in interactions) == 15_803


def test_reopened_incidents_are_the_published_ones(interactions: list[InteractionRow]) -> None:
    assert sum(any(entry["type"] == "REOPENED" for entry in row["events"]) for row in interactions) == 275


def test_every_ledger_runs_forward_from_the_opening_and_ends_closed(
    interactions: list[InteractionRow],
) -> None:
    for row in interactions:
        times = [row["openedAt"], *(entry["at"] for entry in row["events"])]
        assert times == sorted(times)
        assert row["events"][-1]["type"] == "CLOSED"


def test_every_time_has_an_offset(interactions: list[InteractionRow]) -> None:
    times = {entry["at"] for row in interactions for entry in row["events"]}

    assert all(datetime.fromisoformat(time).tzinfo is not None for time in times)


def test_everything_named_in_an_incident_is_in_the_catalogue(interactions: list[InteractionRow]) -> None:
    teams = {row["key"] for row in servicedesk.teams()}
    reasons = {row["key"] for row in servicedesk.reasons()}
    callers = [row["externalIds"][0]["value"] for row in servicedesk.customers()]

    assert len(teams) == 78
    assert len(callers) == len(set(callers)) == 5_245
    assert {row["customer"]["externalId"]["value"] for row in interactions} == set(callers)
    assert {row["contactReasonKey"] for row in interactions if "contactReasonKey" in row} <= reasons
    assert {
        entry["teamKey"] for row in interactions for entry in row["events"] if "teamKey" in entry
    } == teams


def test_the_first_row_is_the_opening_and_the_last_the_closing() -> None:
    steps = steps_of(incident("NARC", resolved=2))

    assert steps == [StepType.OPENED, StepType.STATUS_CHANGED, StepType.RESOLVED, StepType.CLOSED]


def test_a_log_that_begins_resolved_begins_with_the_resolution() -> None:
    assert steps_of(incident("RC", resolved=0)) == [StepType.RESOLVED, StepType.CLOSED]


def test_without_a_resolution_time_nothing_was_resolved() -> None:
    assert steps_of(incident("RC", resolved=None)) == [StepType.OPENED, StepType.CLOSED]


def test_a_resolution_taken_back_stays_in_the_ledger() -> None:
    steps = steps_of(incident("NRARC", resolved=3, reopens=[0, 0, 1, 1, 1]))

    assert steps == [
        StepType.OPENED,
        StepType.RESOLVED,
        StepType.REOPENED,
        StepType.RESOLVED,
        StepType.CLOSED,
    ]


def test_waiting_for_anything_is_a_hold(interactions: list[InteractionRow]) -> None:
    entries = [entry for row in interactions for entry in row["events"] if entry["type"] == "HELD"]

    assert steps_of(incident("NUC", resolved=None))[1] is StepType.HELD
    assert {entry["body"] for entry in entries} == {
        "Waiting for the caller",
        "Waiting for the vendor",
        "Waiting for a problem record",
        "Waiting for evidence",
    }
    assert {entry["status"] for entry in entries} == {"WAITING_ON_CUSTOMER", "ON_HOLD"}
