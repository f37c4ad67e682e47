"""What do customers say? Scores, words and how many of those who were asked answer."""

from collections.abc import Callable, Iterable, Sequence

from service.feedback.rules import Scale
from service.feedback.tables import ScaleDirection
from service.metrics import ces, csat, first_contact, nps, voice
from service.metrics.definitions import Measured
from service.metrics.means import Moments
from service.metrics.proportions import share
from tests.recounts.rows import Formulas, Recount, Row


def scored(recount: Recount, kind: str) -> list[Row]:
    """Return the answers of one kind that have a score."""
    found = recount.of("feedback", "submitted_at")
    return [row for row in found if row["kind"] == kind and row["score"] is not None]


def scale_of(row: Row) -> Scale:
    """Return the scale a score was given on."""
    return Scale(row["scale_min"], row["scale_max"], ScaleDirection(row["direction"]))


def merit(row: Row) -> float:
    """Return how good a score is, 0 to 100."""
    score: float = row["score"]
    return 100 * scale_of(row).merit(score)


def _groups(rows: Sequence[Row], weight: Callable[[Row], float]) -> nps.Groups:
    sums = dict.fromkeys(("PROMOTER", "PASSIVE", "DETRACTOR"), 0.0)
    for row in rows:
        sums[row["nps_category"]] += weight(row)
    return nps.Groups(*sums.values())


def _squares(rows: Iterable[Row]) -> float:
    return sum(float(row["weight"]) * float(row["weight"]) for row in rows)


def _nps(recount: Recount) -> Measured:
    return nps.nps(_groups(scored(recount, "NPS"), lambda _row: 1))


def _weighted_nps(recount: Recount) -> Measured:
    rows = scored(recount, "NPS")
    return nps.weighted_nps(_groups(rows, lambda row: row["weight"]), _squares(rows), len(rows))


def _satisfied(row: Row) -> bool:
    return csat.is_satisfied(row["score"], scale_of(row))


def _csat(recount: Recount) -> Measured:
    rows = scored(recount, "CSAT")
    return share(sum(_satisfied(row) for row in rows), len(rows))


def _weighted_csat(recount: Recount) -> Measured:
    rows = scored(recount, "CSAT")
    satisfied = sum(row["weight"] for row in rows if _satisfied(row))
    return csat.weighted_csat(satisfied, sum(row["weight"] for row in rows), _squares(rows), len(rows))


def moments(values: Sequence[float]) -> Moments:
    """Return what a mean is made of."""
    return Moments(len(values), sum(values), sum(value * value for value in values))


def _easy(recount: Recount) -> Measured:
    easy = [ces.is_easy(row["score"], scale_of(row)) for row in scored(recount, "CES")]
    return share(sum(easy), len(easy))


def _is_answered(recount: Recount, invitation: Row) -> bool:
    """Tell whether an answer to the survey came before the customer was asked again."""

    def same(row: Row, name: str) -> bool:
        return bool(row[name] == invitation[name])

    rows = recount.rows
    asked = rows.where("survey_invitation", "customer_id", invitation["customer_id"])
    again = [
        one["sent_at"]
        for one in asked
        if same(one, "survey_id") and same(one, "interaction_id") and one["sent_at"] > invitation["sent_at"]
    ]
    answers = [
        row["submitted_at"]
        for row in rows.where("feedback", "customer_id", invitation["customer_id"])
        if same(row, "survey_id") and (invitation["interaction_id"] is None or same(row, "interaction_id"))
    ]
    return any(at >= invitation["sent_at"] and not any(sent <= at for sent in again) for at in answers)


def _response_rate(recount: Recount) -> Measured:
    invitations = list(recount.of("survey_invitation", "sent_at"))
    return voice.response_rate(sum(_is_answered(recount, one) for one in invitations), len(invitations))


def _negative(recount: Recount) -> Measured:
    judged = [row for row in recount.of("feedback", "submitted_at") if row["sentiment"] is not None]
    return voice.negative_sentiment(sum(row["sentiment"] == "NEGATIVE" for row in judged), len(judged))


def _said_solved(recount: Recount) -> Measured:
    said = [row["resolved_at_first_contact"] for row in recount.of("feedback", "submitted_at")]
    known = [each for each in said if each is not None]
    return first_contact.rate(sum(known), len(known))


RECOUNTS: Formulas = {
    "NPS": _nps,
    "NPS_WEIGHTED": _weighted_nps,
    "CSAT": _csat,
    "CSAT_WEIGHTED": _weighted_csat,
    "CSAT_MEAN": lambda r: csat.csat_mean(moments([row["score"] for row in scored(r, "CSAT")])),
    "CES_MEAN": lambda r: ces.ces_mean(moments([row["score"] for row in scored(r, "CES")])),
    "CES_EASY": _easy,
    "RESPONSE_RATE": _response_rate,
    "NEGATIVE_SENTIMENT": _negative,
    "FCR_SURVEY": _said_solved,
}
