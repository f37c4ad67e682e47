"""Do loops close? Recoveries, follow-ups, verdicts and what came back, read once more."""

from datetime import datetime, timedelta

from service.metrics import loops
from service.metrics.definitions import Measured
from tests.recounts.journeys import stay
from tests.recounts.rows import Formulas, Recount, Row

OUT = {"RECOVERED", "UNCONFIRMED", "REOPENED"}
TELLABLE = {"READY", "SENT", "CONFIRMED", "DISPUTED", "NO_REPLY"}
WATCHED = timedelta(days=90)


def _time_to_acknowledge(recount: Recount) -> Measured:
    opened = recount.of("recovery", "opened_at")
    stays = [stay(recount, one["opened_at"], one["acknowledged_at"]) for one in opened]
    return loops.time_to_acknowledge(stays, recount.q)


def _recovery_rate(recount: Recount) -> Measured:
    ended = recount.of("recovery", lambda one: one["closed_at"] or one["remedied_at"])
    out = [one["status"] for one in ended if one["status"] in OUT]
    return loops.rate(sum(status == "RECOVERED" for status in out), len(out))


def _told_rate(recount: Recount) -> Measured:
    owed = [one for one in recount.of("follow_up", "owed_at") if one["status"] in TELLABLE]
    return loops.rate(sum(one["sent_at"] is not None for one in owed), len(owed))


def _verified_effect_rate(recount: Recount) -> Measured:
    judged = [one for one in recount.of("initiative", "shipped_at") if one["verdict"]]
    verified = [one for one in judged if one["verdict"] == "IMPROVED" and one["overridden_at"] is None]
    return loops.rate(len(verified), len(judged))


def _regression_rate(recount: Recount) -> Measured:
    def first(insight: Row, status: str) -> datetime | None:
        steps = recount.rows.where("state_change", "subject_id", insight["id"])
        return min((one["occurred_at"] for one in steps if one["target"] == status), default=None)

    resolved = recount.of("insight", lambda one: first(one, "RESOLVED"))
    pairs = [(first(one, "RESOLVED"), first(one, "REGRESSED")) for one in resolved]
    judged = [(solved, back) for solved, back in pairs if solved and solved + WATCHED <= recount.now]
    return loops.rate(sum(bool(back and back < solved + WATCHED) for solved, back in judged), len(judged))


RECOUNTS: Formulas = {
    "TIME_TO_ACKNOWLEDGE": _time_to_acknowledge,
    "RECOVERY_RATE": _recovery_rate,
    "TOLD_RATE": _told_rate,
    "VERIFIED_EFFECT_RATE": _verified_effect_rate,
    "REGRESSION_RATE": _regression_rate,
}
