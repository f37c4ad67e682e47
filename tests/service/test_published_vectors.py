"""Do our formulas give what others have published? Each worked example whose formula exists here."""

import json
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from service.feedback.rules import Scale
from service.metrics import (
    abandonment,
    churn,
    contact_rate,
    csat,
    first_contact,
    health,
    nps,
    service_level,
    volume,
)
from service.metrics.definitions import Measured
from service.metrics.health import Part
from service.metrics.proportions import newcombe, wilson

Input = dict[str, Any]
Result = Mapping[str, float | None]
VECTORS = {
    vector["id"]: vector
    for vector in json.loads((Path(__file__).parent.parent / "data" / "published_vectors.json").read_text())
}
NOT_YET_COVERED = frozenset(
    {
        # First response in business hours needs the calendars of interactions.
        "frt-01",
        "frt-02",
        "frt-03",
        "frt-04",
        # The statistics of impact.
        "logrank-6mp",
        "mwu",
        "bh-1995",
        "did-ck1994",
        "its-sicily-1",
        "its-sicily-2",
        "ewma-nist",
        "cusum-nist",
        "ci-arma",
        "ci-null",
        # A sentiment model.
        "vader-0.8316",
        "vader-0.9342",
        "vader--0.7424",
        "vader--0.5461",
        # An event log of 262,200 events that is not shipped.
        "bpic12-journey",
    }
)


def of_ratings(given: Input) -> Result:
    counts = {score: given["ratings"].count(score) for score in given["ratings"]}
    return of_groups(nps.groups(counts))


def of_counts(given: Input) -> Result:
    return of_groups(nps.Groups(given["promoters"], given["passives"], given["detractors"]))


def of_shares(given: Input) -> Result:
    shares = (float(Fraction(given[f"p_{name}"])) for name in ("promoter", "passive", "detractor"))
    return of_groups(nps.Groups(*shares))


def of_totals(given: Input) -> Result:
    passives = given["n"] - given["promoters"] - given["detractors"]
    return {"nps_pct": nps.nps(nps.Groups(given["promoters"], passives, given["detractors"])).value}


def of_groups(groups: nps.Groups) -> Result:
    return {"nps": nps.balance(groups), "var": nps.variance(groups), "se": nps.standard_error(groups)}


def top_boxes(given: Input) -> Result:
    return percent(csat.csat({int(score): count for score, count in given.items()}, Scale(1, 5)))


def one_share(given: Input) -> Result:
    found = wilson(given["x"], given["n"])
    return {"lo": found.low, "hi": found.high}


def two_shares(given: Input) -> Result:
    found = newcombe(given["x1"], given["n1"], given["x2"], given["n2"])
    return {"lo": found.low, "hi": found.high}


def in_queue(form: Callable[[service_level.Queue], Measured]) -> Callable[[Input], Result]:
    def compute(given: Input) -> Result:
        late = given["abandoned_after_T"]
        queue = service_level.Queue(given["answered"], given["answered_in_T"], given["abandoned_in_T"], late)
        found = percent(form(queue))
        return {**found, "pct_rounded": found["pct"]}

    return compute


def nobody_gave_up(given: Input) -> Result:
    queue = service_level.Queue(given["offered"], given["answered_in_T"], 0, 0)
    return percent(service_level.service_level(queue))


def gave_up(given: Input) -> Result:
    answered = given.get("handled", given.get("answered"))
    lost = given["abandoned"] if answered is None else given["offered"] - answered
    return percent(abandonment.abandonment(given["offered"], lost))


def callers(given: Input) -> Result:
    return percent(first_contact.received_once(given["calls"]))


def cohort(given: Input) -> Result:
    lost = given.get("lost_of_start", given["start"] - given.get("end_of_start_cohort", 0))
    left, stayed = churn.churn(lost, given["start"]), churn.retention(lost, given["start"])
    return {"churn_pct": percent(left)["pct"], "retention_pct": percent(stayed)["pct"]}


def scores(given: Input) -> Result:
    pairs = zip(given["weights"], given["scores"], strict=True)
    found = health.health([Part(f"measure {n}", *pair) for n, pair in enumerate(pairs)]).value
    return {"score": found, "score_rounded": found}


def flow(given: Input) -> Result:
    return percent(volume.resolution_rate(volume.Flow(given["received"], 0, given["solved"])))


def two_rates(given: Input) -> Result:
    (events, other), (exposure, other_exposure) = given["x"], given["exposure"]
    found = contact_rate.rate_ratio(events, exposure, other, other_exposure)
    return {"ratio": found.ratio, "p": found.p, "lo": found.interval.low, "hi": found.interval.high}


def percent(found: Measured) -> Mapping[str, float]:
    assert found.value is not None
    return {"pct": 100 * found.value}


COMPUTED: dict[str, Callable[[Input], Result]] = {
    **dict.fromkeys(("nps-01", "nps-02", "nps-03", "nps-04"), of_ratings),
    **dict.fromkeys(("nps-05", "nps-06"), of_counts),
    "nps-07": of_shares,
    "nps-08": of_totals,
    "csat-01": top_boxes,
    **dict.fromkeys(("wilson-81-263", "wilson-15-148", "wilson-0-20", "wilson-1-29"), one_share),
    **dict.fromkeys(("newcombe-56-70-48-80", "newcombe-9-10-3-10", "newcombe-10-10-0-20"), two_shares),
    "newcombe-fagerland": two_shares,
    "sl-incl-short-as-success": in_queue(service_level.service_level_forgiving),
    "sl-answered-only": in_queue(service_level.service_level_answered),
    "sl-offered": in_queue(service_level.service_level_offered),
    "sl-excl-short-abandons": in_queue(service_level.service_level),
    "sl-basic": nobody_gave_up,
    **dict.fromkeys(("abandon-01", "abandon-02", "abandon-03"), gave_up),
    **dict.fromkeys(("fcr-01", "fcr-02"), callers),
    **dict.fromkeys(("churn-01", "churn-02"), cohort),
    **dict.fromkeys(("health-01", "health-02"), scores),
    "resolution-rate": flow,
    "poisson-rr": two_rates,
}


def test_every_example_is_computed_or_listed_as_not_yet_covered() -> None:
    assert VECTORS.keys() - COMPUTED.keys() == NOT_YET_COVERED
    assert COMPUTED.keys() <= VECTORS.keys()


@pytest.mark.parametrize("name", COMPUTED)
def test_a_published_example_is_reproduced(name: str) -> None:
    vector = VECTORS[name]

    found = COMPUTED[name](vector["input"])

    tolerance = max(vector["tolerance"], 1e-12)
    for key, expected in vector["expected"].items():
        assert found[key] == pytest.approx(float(Fraction(str(expected))), abs=tolerance, rel=0), key
