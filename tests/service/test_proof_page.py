"""Does the page on proof name the metrics, the guards, and what is looked at again?"""

import re
from pathlib import Path

from service.initiatives.measurements import MEASUREMENTS
from service.initiatives.outlook import GUARDS
from service.initiatives.proof.guards import ProofReason
from service.initiatives.proof.looks import CURES, Cure

PAGE = (Path(__file__).parents[2] / "docs" / "proof.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = re.findall(r"^\| `.*\|$", section, re.MULTILINE)
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]


def test_the_page_lists_every_metric_with_what_tells_it_apart() -> None:
    listed = {row[0]: row[2] for row in rows("Metrics")}

    assert listed == {
        id_: ", ".join(kind.replace("_", " ") for kind in measurement.dimensions)
        for id_, measurement in MEASUREMENTS.items()
    }


def test_the_page_lists_every_guard() -> None:
    assert [row[0] for row in rows("Guards")] == [*GUARDS, ProofReason.BEFORE_AFTER_ONLY]


def test_the_page_says_of_every_reason_whether_time_may_help() -> None:
    listed = dict(rows("Looks"))
    says = {Cure.BY_TIME: "yes", Cure.NEVER: "no"}

    assert set(listed) == set(CURES)
    assert all(listed[reason].startswith(f"{says[cure]}:") for reason, cure in CURES.items() if cure in says)
    assert [reason for reason in listed if CURES[ProofReason(reason)] is Cure.BY_ENOUGH] == [
        "TOO_FEW_PERIODS",
        "TOO_FEW_EVENTS",
        "BEFORE_AFTER_ONLY",
    ]
