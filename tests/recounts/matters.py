"""How are matters handled? Their ledgers read once more, entry by entry."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from service.ground.business_time import Calendar, Opening, open_seconds
from service.interactions.clocks.tables import Weekday
from service.metrics import abandonment, first_contact, promises, response_times, service_level, volume
from service.metrics.definitions import Measured
from service.metrics.proportions import share
from service.metrics.quantiles import bins_of
from service.metrics.service_level import Queue
from tests.recounts.answers import moments
from tests.recounts.rows import Formulas, Recount, Row

Moment = Callable[[Row], datetime | None]
REOPENING = timedelta(days=30)
IN_TIME, SHORT = 20, 5


def lasting(later: datetime, earlier: datetime) -> float:
    """Return the seconds from one moment to another, 0 where they are the wrong way round."""
    return max(0.0, (later - earlier).total_seconds())


def _ledger(recount: Recount, matter: Row) -> Sequence[Row]:
    return recount.rows.where("interaction_event", "interaction_id", matter["id"])


def _first(recount: Recount, type_: str) -> Moment:
    """Return when the ledger tells an entry of this type first."""

    def moment(matter: Row) -> datetime | None:
        found = (one["occurred_at"] for one in _ledger(recount, matter) if one["type"] == type_)
        return min(found, default=None)

    return moment


def _is_public(entry: Row) -> bool:
    return bool(entry["type"] == "MESSAGE" and entry["visibility"] == "PUBLIC")


def _first_reply(recount: Recount) -> Moment:
    """Return when a person or a bot first wrote to the customer."""

    def moment(matter: Row) -> datetime | None:
        replies = (
            one["occurred_at"]
            for one in _ledger(recount, matter)
            if _is_public(one)
            and one["actor_kind"] in {"AGENT", "BOT"}
            and one["occurred_at"] >= matter["opened_at"]
        )
        return min(replies, default=None)

    return moment


def _first_work(recount: Recount) -> Moment:
    """Return when a person first took the matter up."""

    def moment(matter: Row) -> datetime | None:
        work = (
            one["occurred_at"]
            for one in _ledger(recount, matter)
            if one["actor_kind"] == "AGENT"
            and (_is_public(one) or one["type"] in {"ASSIGNED", "HANDED_OVER"})
        )
        return min(work, default=None)

    return moment


def _first_response(_recount: Recount) -> Moment:
    return lambda matter: matter["first_responded_at"]


def _last_resolved(_recount: Recount) -> Moment:
    return lambda matter: matter["resolved_at"]


def _duration(ends: Callable[[Recount], Moment], *, asked: bool = False) -> Callable[[Recount], Measured]:
    """Return the quantile from the opening on; `asked` leaves out what the organisation opened."""

    def measured(recount: Recount) -> Measured:
        end = ends(recount)
        found = [
            lasting(moment, matter["opened_at"])
            for matter in recount.of("interaction", end)
            if (moment := end(matter)) and (matter["origin"] == "REACTIVE" or not asked)
        ]
        return response_times.duration(bins_of(found), recount.q)

    return measured


def _calendar(recount: Recount, edition: Row) -> Calendar:
    rows, openings = recount.rows, dict[int, tuple[Opening, ...]]()
    for number, weekday in enumerate(Weekday):
        periods = rows.where("calendar_period", "edition_id", edition["id"])
        openings[number] = tuple(
            Opening(time.fromisoformat(one["opens"]), time.fromisoformat(one["closes"].replace("24:", "00:")))
            for one in periods
            if one["weekday"] == weekday
        )
    closed = rows.where("calendar_holiday", "edition_id", edition["id"])
    days = frozenset(date.fromisoformat(one["day"]) for one in closed)
    return Calendar(ZoneInfo(edition["time_zone"]), openings, days)


def _open_waits(recount: Recount, end: Moment) -> Iterator[float]:
    """Yield the open time until each end, of the matters that a first response was promised for."""
    for matter in recount.of("interaction", end):
        moment = end(matter)
        for clock in recount.rows.where("clock", "interaction_id", matter["id"]):
            promised = clock["target"] == "FIRST_RESPONSE" and clock["number"] == 1
            if promised and moment and matter["origin"] == "REACTIVE":
                edition = clock["calendar_edition_id"]
                if edition is None:
                    yield lasting(moment, matter["opened_at"])
                else:
                    hours = _calendar(recount, recount.rows.one("business_calendar_edition", edition))
                    yield open_seconds(hours, matter["opened_at"], moment)


def _open_duration(ends: Callable[[Recount], Moment]) -> Callable[[Recount], Measured]:
    def measured(recount: Recount) -> Measured:
        return response_times.duration(bins_of(_open_waits(recount, ends(recount))), recount.q)

    return measured


def _others(recount: Recount, matter: Row) -> list[Row]:
    """Return the other matters of the same customer for the same reason, whenever and wherever."""
    return [
        one
        for one in recount.rows.where("interaction", "customer_id", matter["customer_id"])
        if one["id"] != matter["id"] and one["contact_reason_id"] == matter["contact_reason_id"]
    ]


def _next_trouble(recount: Recount, matter: Row) -> datetime | None:
    if matter["reopen_count"]:
        resolved_at: datetime = matter["resolved_at"]
        return resolved_at
    later = (one["opened_at"] for one in _others(recount, matter) if one["opened_at"] > matter["opened_at"])
    return min(later, default=None)


def _fcr(recount: Recount) -> Measured:
    return first_contact.first_contact_resolution(
        first_contact.is_solved_at_once(one["resolved_at"], _next_trouble(recount, one), recount.now)
        for one in recount.of("interaction", "resolved_at")
        if one["customer_id"] and one["resolved_at"] + first_contact.WINDOW <= recount.now
    )


def _known(recount: Recount) -> list[Row]:
    return [one for one in recount.of("interaction", "opened_at") if one["customer_id"]]


def _received_once(recount: Recount) -> Measured:
    calls = Counter(one["customer_id"] for one in recount.rows.tables["interaction"])
    known = _known(recount)
    return share(sum(calls[one["customer_id"]] == 1 for one in known), len(known))


def _repeat_contact(recount: Recount) -> Measured:
    def previous(matter: Row) -> datetime | None:
        before = (o["opened_at"] for o in _others(recount, matter) if o["opened_at"] <= matter["opened_at"])
        return max(before, default=None)

    repeats = [first_contact.is_repeat(previous(one), one["opened_at"]) for one in _known(recount)]
    return first_contact.rate(sum(repeats), len(repeats))


def _reopen_rate(recount: Recount) -> Measured:
    resolved, reopened = _first(recount, "RESOLVED"), _first(recount, "REOPENED")
    found = [(resolved(one), reopened(one)) for one in recount.of("interaction", resolved)]
    soon = sum(bool(first and again and again - first < REOPENING) for first, again in found)
    return first_contact.rate(soon, len(found))


def _answered(recount: Recount) -> list[float]:
    """Return how long those were in the queue who were answered."""
    queued, answered, gone = _first(recount, "QUEUED"), _first_work(recount), _first(recount, "ABANDONED")
    return [
        lasting(taken, came)
        for one in recount.of("interaction", answered)
        if (came := queued(one)) and (taken := answered(one)) and came <= taken <= (gone(one) or taken)
    ]


def _handled(recount: Recount) -> list[float]:
    """Return for how long agents were busy with each matter that any was, by the first time that one was."""

    def told(matter: Row) -> list[Row]:
        return [one for one in _ledger(recount, matter) if one["handle_seconds"] is not None]

    def moment(matter: Row) -> datetime | None:
        return min((one["occurred_at"] for one in told(matter)), default=None)

    return [
        float(sum(entry["handle_seconds"] for entry in told(matter)))
        for matter in recount.of("interaction", moment)
    ]


def _gave_up(recount: Recount, success: Moment) -> list[float]:
    """Return how long those were in the queue, and after, who gave up before a success."""
    queued, gone = _first(recount, "QUEUED"), _first(recount, "ABANDONED")
    return [
        lasting(left, came)
        for one in recount.of("interaction", gone)
        if (came := queued(one)) and (left := gone(one)) and ((done := success(one)) is None or left < done)
    ]


def _queue(recount: Recount) -> Queue:
    answered, gone = _answered(recount), _gave_up(recount, _first_work(recount))
    in_time = sum(wait <= IN_TIME for wait in gone)
    return Queue(len(answered), sum(wait <= IN_TIME for wait in answered), in_time, len(gone) - in_time)


def _abandonment(success: Callable[[Recount], Moment]) -> Callable[[Recount], Measured]:
    def measured(recount: Recount) -> Measured:
        gone = _gave_up(recount, success(recount))
        at_once = sum(wait < SHORT for wait in gone)
        return abandonment.abandonment(_queue(recount).offered, len(gone), at_once)

    return measured


def _sla(recount: Recount) -> Measured:
    known = [one["sla_met"] for one in recount.of("interaction", "opened_at") if one["sla_met"] is not None]
    return promises.kept(sum(known), len(known))


def _opened(recount: Recount) -> int:
    return sum(1 for _ in recount.of("interaction", "opened_at"))


def _closed_unresolved(matter: Row) -> datetime | None:
    closed: datetime | None = matter["closed_at"]
    return None if matter["resolved_at"] else closed


def _backlog(recount: Recount) -> Measured:
    """Count from the beginning; what was resolved before it was opened would be an error in the data."""
    ever = Recount(recount.rows, recount.now, recount.node, ends_at=recount.ends_at)
    over = sum(1 for end in ("resolved_at", _closed_unresolved) for _ in ever.of("interaction", end))
    return Measured(_opened(ever) - over, _opened(ever) - over)


def _resolution_rate(recount: Recount) -> Measured:
    resolved = sum(1 for _ in recount.of("interaction", "resolved_at"))
    return volume.resolution_rate(volume.Flow(_opened(recount), 0, resolved))


def _promise_adherence(recount: Recount) -> Measured:
    told = [one["standard_met"] for one in recount.of("touchpoint_event", "occurred_at")]
    applicable = [met for met in told if met is not None]
    return promises.kept(sum(applicable), len(applicable))


RECOUNTS: Formulas = {
    "FRT_HUMAN": _duration(_first_response, asked=True),
    "FRT_HUMAN_BUSINESS": _open_duration(_first_response),
    "FRT_ANY": _duration(_first_reply, asked=True),
    "FRT_ANY_BUSINESS": _open_duration(_first_reply),
    "FIRST_RESOLUTION": _duration(lambda recount: _first(recount, "RESOLVED")),
    "FULL_RESOLUTION": _duration(_last_resolved),
    "FCR": _fcr,
    "RECEIVED_ONCE": _received_once,
    "REOPEN_RATE": _reopen_rate,
    "REPEAT_CONTACT": _repeat_contact,
    "ABANDON_QUEUE": _abandonment(_first_work),
    "ABANDON_UNRESOLVED": _abandonment(lambda recount: _first(recount, "RESOLVED")),
    "SLA_ATTAINMENT": _sla,
    "SERVICE_LEVEL": lambda recount: service_level.service_level(_queue(recount)),
    "SERVICE_LEVEL_FORGIVING": lambda recount: service_level.service_level_forgiving(_queue(recount)),
    "SERVICE_LEVEL_ANSWERED": lambda recount: service_level.service_level_answered(_queue(recount)),
    "SERVICE_LEVEL_OFFERED": lambda recount: service_level.service_level_offered(_queue(recount)),
    "SPEED_OF_ANSWER": lambda recount: service_level.seconds_each(moments(_answered(recount))),
    "HANDLE_TIME": lambda recount: service_level.seconds_each(moments(_handled(recount))),
    "CONTACTS": lambda recount: Measured(_opened(recount), _opened(recount)),
    "BACKLOG": _backlog,
    "RESOLUTION_RATE": _resolution_rate,
    "PROMISE_ADHERENCE": _promise_adherence,
}
