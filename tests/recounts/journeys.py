"""How do customers get on? Each visit and each way read once more, customer by customer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from service.metrics import ces, journeys, remembering
from service.metrics.definitions import Measured
from service.metrics.survival import Stay
from tests.recounts.answers import merit, scale_of
from tests.recounts.rows import Formulas, Recount, Row


def stay(recount: Recount, begins: datetime, ends: datetime | None) -> Stay:
    """Return a stay that may not be over."""
    is_over = ends is not None and ends <= recount.now
    return Stay(((ends if ends and is_over else recount.now) - begins).total_seconds(), is_over)


@dataclass(frozen=True)
class _Step:
    """A stage of a journey that a customer has entered, and how many stages the customer reached."""

    stage: Row
    stages: int
    reached: int

    @property
    def place(self) -> int:
        """Where the stage is in its journey, from 1."""
        place: int = self.stage["position"]
        return place


def _visits(recount: Recount, customer: object) -> list[tuple[Row, Row, Row]]:
    """Return the visits of a customer in the order of time, each with its way and its stage."""
    rows = recount.rows
    ways = rows.where("journey_instance", "customer_id", customer)
    found = [
        (visit, way, rows.one("journey_stage", visit["stage_id"]))
        for way in ways
        for visit in rows.where("stage_visit", "instance_id", way["id"])
    ]
    return sorted(found, key=lambda one: (one[0]["entered_at"], one[2]["position"]))


def _is_first(visit: Row, way: Row, visits: list[tuple[Row, Row, Row]]) -> bool:
    def mark(row: Row) -> tuple[object, ...]:
        return row["entered_at"], row["id"]

    same = [v for v, w, _ in visits if w["journey_id"] == way["journey_id"]]
    return not any(v["stage_id"] == visit["stage_id"] and mark(v) < mark(visit) for v in same)


def _steps(recount: Recount) -> Iterator[_Step]:
    """Yield all stages of each journey that a customer entered in the period for the first time."""
    for customer in recount.rows.tables["customer"]:
        visits = _visits(recount, customer["id"])
        for visit, way, stage in visits:
            if (
                stage["position"] == 1
                and recount.holds(visit["entered_at"])
                and _is_first(visit, way, visits)
            ):
                stages = recount.rows.where("journey_stage", "journey_id", stage["journey_id"])
                walked = [
                    journeys.Step(s["position"] - 1, v["entered_at"])
                    for v, _, s in visits
                    if s["journey_id"] == stage["journey_id"]
                ]
                reached = journeys.stages_reached(walked)
                yield from (_Step(one, len(stages), reached) for one in stages)


def _conversion(recount: Recount) -> Measured:
    """Count the stage that is asked for; at a journey, the last one."""
    found = [
        one
        for one in _steps(recount)
        if recount.is_here(
            {
                "stage": {one.stage["id"]},
                "journey": {one.stage["journey_id"]} if one.place == one.stages else set(),
            }
        )
    ]
    return journeys.conversion(sum(one.reached >= one.place for one in found), len(found))


def _drop_off(recount: Recount) -> Measured:
    here = [
        one
        for one in _steps(recount)
        if one.place < one.stages and recount.is_here({"stage": {one.stage["id"]}})
    ]
    reached = sum(one.reached >= one.place for one in here)
    return journeys.drop_off(reached, sum(one.reached > one.place for one in here))


def _time_in_stage(recount: Recount) -> Measured:
    visits = recount.of("stage_visit", "entered_at")
    stays = [stay(recount, one["entered_at"], one["exited_at"]) for one in visits]
    return journeys.time_in_stage(stays, recount.q)


def _went_wrong(recount: Recount, way: Row) -> bool:
    matters = recount.rows.where("interaction", "journey_instance_id", way["id"])
    said = recount.rows.where("feedback", "journey_instance_id", way["id"])
    entries = [e for m in matters for e in recount.rows.where("interaction_event", "interaction_id", m["id"])]
    efforts = [one for one in said if one["kind"] == "CES" and one["score"] is not None]
    return (
        any(one["reopen_count"] > 0 or one["sla_met"] is False for one in matters)
        or any(entry["type"] == "ABANDONED" for entry in entries)
        or any(not ces.is_easy(one["score"], scale_of(one)) for one in efforts)
    )


def _friction_rate(recount: Recount) -> Measured:
    wrong = [_went_wrong(recount, way) for way in recount.of("journey_instance", "started_at")]
    return journeys.friction_rate(sum(wrong), len(wrong))


def scores_of(recount: Recount, way: Row) -> list[float]:
    """Return the scores that were given on a way, 0 to 100, in the order of time."""
    said = recount.rows.where("feedback", "journey_instance_id", way["id"])
    scored = [one for one in said if one["score"] is not None]
    return [merit(one) for one in sorted(scored, key=lambda one: (one["submitted_at"], one["id"]))]


def _ways(recount: Recount) -> list[list[float]]:
    each = (scores_of(recount, way) for way in recount.of("journey_instance", "started_at"))
    return [scores for scores in each if scores]


RECOUNTS: Formulas = {
    "CONVERSION": _conversion,
    "DROP_OFF": _drop_off,
    "TIME_IN_STAGE": _time_in_stage,
    "FRICTION_RATE": _friction_rate,
    "WORST_MOMENT": lambda r: remembering.remembered([remembering.worst(each) for each in _ways(r)]),
    "PEAK_END": lambda r: remembering.remembered([remembering.peak_end(each) for each in _ways(r)]),
}
