"""How do the published files become the shipped ones? By `python -m infra.demo.convert SOURCE`.

The source directory holds the public files as `sfo_customer_survey/sfo_customer_survey_<year>.csv.gz` and
`uci_incident_event_log/incident_event_log.csv.gz`. Nothing is interpreted here, with one exception: codes
that are not scores become blanks. Columns that the demo does not use are left out.
"""

import csv
import gzip
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import orjson

from infra.demo import shipped
from infra.demo.waves import LAST_NPS_SCORE, WAVES, Wave

EPOCH = datetime(2016, 1, 1, tzinfo=UTC)
STATES = {
    "New": "N",
    "Active": "A",
    "Resolved": "R",
    "Closed": "C",
    "Awaiting User Info": "U",
    "Awaiting Vendor": "V",
    "Awaiting Problem": "P",
    "Awaiting Evidence": "E",
    "-100": "?",
}
CONTACTS = {"Phone": "P", "Self service": "S", "Email": "E", "IVR": "I", "Direct opening": "D"}
UNTRANSLATED = {"TRANSLATE", "TO TRANSLATE"}

Record = dict[str, str]


def main(source: Path) -> None:
    """Writes both shipped files."""
    waves = [_wave(wave, _survey_records(source, wave)) for wave in WAVES]
    shipped.compress(shipped.SURVEY, orjson.dumps(waves))
    log = _records(source / "uci_incident_event_log" / "incident_event_log.csv.gz")
    incidents = [_incident(list(steps)) for _, steps in groupby(log, itemgetter("number"))]
    shipped.compress(shipped.INCIDENTS, b"\n".join(map(orjson.dumps, incidents)))


def _records(path: Path) -> list[Record]:
    # Headers carry stray blanks, a byte order mark and, once, a leading asterisk.
    with gzip.open(path, "rt", encoding="utf-8-sig") as lines:
        header, *body = csv.reader(lines)
    names = [name.strip().lstrip("*") for name in header]
    return [dict(zip(names, map(str.strip, record), strict=True)) for record in body]


def _survey_records(source: Path, wave: Wave) -> list[Record]:
    return _records(source / "sfo_customer_survey" / f"sfo_customer_survey_{wave.year}.csv.gz")


def _wave(wave: Wave, interviews: list[Record]) -> dict[str, object]:
    def column(name: str) -> list[str]:
        return [interview[name] for interview in interviews] if name else []

    return {
        "year": wave.year,
        "respondents": [int(number) for number in column("RESPNUM")],
        "days": [_day(date) for date in column("INTDATE")],
        "languages": "".join(column("LANG")),
        "weights": [round(float(weight), 6) for weight in column(wave.weight)],
        "airlines": column(wave.airline),
        "areas": [area.upper() for area in column(wave.area)],
        "purposes": [int(code or 0) for code in column(wave.purpose)],
        "firstTimes": "".join(code or "0" for code in column(wave.first_time)),
        "nps": [_recommendation(code) for code in column(wave.nps)],
        "ratings": {key: "".join(map(_rating, column(name))) for key, name in wave.ratings.items()},
        "comments": _coded(wave, interviews),
        "words": _words(interviews, wave.words),
    }


def _day(date: str) -> int:
    """The day of May; one wave writes it as a month/day/year timestamp."""
    return int(date.split("/")[1]) if "/" in date else int(date)


def _rating(code: str) -> str:
    """A rating of 1 to 5; 0 (blank), 6 (never used, do not know) and words mean that there is none."""
    return code if code in set("12345") else "."


def _recommendation(code: str) -> int | None:
    """A likelihood of 0 to 10; 11 means blank."""
    return int(code) if code and int(code) <= LAST_NPS_SCORE else None


def _coded(wave: Wave, interviews: list[Record]) -> list[tuple[int, list[str]]]:
    coded = (
        (
            place,
            [
                f"{list_}-{interview[name]}"
                for list_, names in wave.comments.items()
                for name in names
                if interview[name] not in {"", "0"}
            ],
        )
        for place, interview in enumerate(interviews)
    )
    return [(place, list(dict.fromkeys(codes))) for place, codes in coded if codes]


def _words(interviews: list[Record], name: str) -> list[tuple[int, str]]:
    if not name:
        return []
    words = ((place, interview[name]) for place, interview in enumerate(interviews))
    return [(place, text) for place, text in words if text and text.rstrip(".") not in UNTRANSLATED]


def _incident(steps: list[Record]) -> list[object]:
    """Header facts as they stood in the end, then the ledger column by column."""
    last = steps[-1]
    opened = _minute(last["opened_at"])

    def column(name: str, convert: Callable[[str], object]) -> list[object]:
        return [convert(step[name]) for step in steps]

    return [
        last["number"],
        _number(last["caller_id"]),
        opened,
        _minute(last["resolved_at"]),
        CONTACTS[last["contact_type"]],
        _number(last["category"]),
        _number(last["subcategory"]),
        int(last["priority"]),
        int(last["made_sla"] == "true"),
        "".join(STATES[step["incident_state"]] for step in steps),
        column("sys_updated_at", _minute),
        column("sys_updated_by", _number),
        column("assignment_group", _number),
        column("assigned_to", _number),
        column("reopen_count", int),
    ]


def _number(text: str) -> int | None:
    return None if text == "?" else int(text)


def _minute(text: str) -> int | None:
    """Minutes since 2016; the source names no zone, so the demo reads its times as UTC."""
    if text == "?":
        return None
    moment = datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=UTC)
    return int((moment - EPOCH).total_seconds()) // 60


if __name__ == "__main__":
    main(Path(sys.argv[1]))
