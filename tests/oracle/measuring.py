"""What should `metric` answer? What counting the raw rows again gives, dressed as the field shows it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from service.metrics.definitions import Measured, MetricFlag
from service.metrics.registry import find
from service.metrics.sources import reading
from tests.recounts import RECOUNTS, Recount, Rows
from tests.recounts.answers import scale_of, scored
from tests.recounts.rows import BEGINNING, END

WEIGHTED = {"NPS": "NPS_WEIGHTED", "CSAT": "CSAT_WEIGHTED"}
LENGTHS = {"HOUR": timedelta(hours=1), "DAY": timedelta(days=1)}


@dataclass(frozen=True)
class Measuring:
    """Answers what is asked of metrics of one tenant."""

    rows: Rows

    def answer(self, node: tuple[str, UUID] | None, given: Mapping[str, Any]) -> SimpleNamespace:
        """Return the value of one question at a node, or at the root."""
        metric_id = WEIGHTED[given["metric"]] if given.get("weighted") else given["metric"]
        starts, ends = (_moment(given.get(name)) for name in ("from", "to"))
        recount = Recount(
            self.rows,
            datetime.now(UTC),
            node,
            starts or BEGINNING,
            ends or END,
            0.5 if given.get("quantile") is None else given["quantile"],
        )
        value, before = _bucket(metric_id, recount), None
        if starts and ends:
            earlier = replace(recount, starts_at=starts - (ends - starts), ends_at=starts)
            before = _bucket(metric_id, earlier)
        definition = find(metric_id)
        assert definition is not None
        shown = {"metric": metric_id, "definition_version": definition.version, "unit": definition.unit.value}
        series = list(_series(metric_id, recount, given)) if given.get("granularity") else []
        return SimpleNamespace(**shown, **vars(value), previous=before, series=series, groups=[])


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def written(value: datetime) -> str:
    """Return a moment as RFC 3339 writes it, its fraction without zeros at the end."""
    whole, zone = value.replace(microsecond=0, tzinfo=None).isoformat(), value.strftime("%z")
    fraction = f".{value.microsecond:06}".rstrip("0").rstrip(".")
    return f"{whole}{fraction}{zone[:3]}:{zone[3:]}"


def _told(at: datetime) -> str | None:
    """Return a moment as it is shown; the ends of time are none."""
    return None if at in {BEGINNING, END} else written(at)


def _bucket(metric_id: str, recount: Recount, *, is_cut: bool = False) -> SimpleNamespace:
    """Return the value of one span of time with what it rests on."""
    pure = RECOUNTS[metric_id](recount)
    definition = find(metric_id)
    assert definition is not None
    interval = pure.interval and SimpleNamespace(
        method=definition.method.value, low=pure.interval.low, high=pure.interval.high
    )
    return SimpleNamespace(
        starts_at=_told(recount.starts_at),
        ends_at=_told(recount.ends_at),
        value=pure.value,
        sample_size=pure.n,
        interval=interval,
        flags=_flags(metric_id, recount, pure, is_cut=is_cut),
    )


def _flags(metric_id: str, recount: Recount, pure: Measured, *, is_cut: bool) -> list[str]:
    found = reading(metric_id)
    assert found is not None
    last, days = recount.ends_at, timedelta(days=found.maturing_days)
    told = {
        MetricFlag.LOW_SAMPLE: MetricFlag.LOW_SAMPLE in pure.flags and pure.n > 0,
        MetricFlag.CENSORED: MetricFlag.CENSORED in pure.flags,
        MetricFlag.PARTIAL_BUCKET: is_cut or recount.now < last < END,
        MetricFlag.MATURING: bool(days) and last > recount.now - days,
        MetricFlag.MIXED_DEFINITION: _is_mixed(metric_id, recount),
    }
    return [flag.value for flag, holds in told.items() if holds]


def _is_mixed(metric_id: str, recount: Recount) -> bool:
    kind = metric_id.partition("_")[0]
    return kind in {"CSAT", "CES"} and len({scale_of(row) for row in scored(recount, kind)}) > 1


def _series(metric_id: str, recount: Recount, given: Mapping[str, Any]) -> Iterator[SimpleNamespace]:
    """Yield the buckets of a period; the first and the last may be cut."""
    length, zone = LENGTHS[given["granularity"]], ZoneInfo(given.get("timeZone") or "UTC")
    local = recount.starts_at.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    begins = local.replace(hour=0) if given["granularity"] == "DAY" else local
    while begins < recount.ends_at:
        first, last = max(begins, recount.starts_at), min(begins + length, recount.ends_at)
        here = replace(recount, starts_at=first.astimezone(UTC), ends_at=last.astimezone(UTC))
        yield _bucket(metric_id, here, is_cut=(first, last) != (begins, begins + length))
        begins += length
