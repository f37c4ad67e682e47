"""Does squawk find anything in the SQL of the migrations?"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from infra.migrations import steps

# Each rule that does not hold here, with the reason.
EXCUSED = {
    "prefer-bigint-over-int": "scores, counts and versions are small; what can grow is a bigint",
    "prefer-text-field": "the one VARCHAR(32) is Alembic's own",
    "transaction-nesting": "the rendered SQL brings the transaction of each step with it",
    # Steps before the first release meet tables without rows; `make migrations` measures them on full ones.
    "constraint-missing-not-valid": "the tables are empty when these steps run",
    "ban-drop-default": "the default was there to fill what is in the same step",
}
FINDING = re.compile(r"warning: ([a-z-]+) (.*)|error: ([a-z-]+) (.*)")


def findings(sql: str, folder: Path) -> list[str]:
    (folder / "all.sql").write_text(sql)
    squawk = Path(sys.executable).with_name("squawk")
    command = [str(squawk), "--pg-version=18.0", "--assume-in-transaction", "--reporter=gcc"]
    command += [f"--exclude={','.join(EXCUSED)}", str(folder / "all.sql")]
    linted = subprocess.run(command, check=False, capture_output=True, text=True)
    return [line for line in linted.stdout.splitlines() if FINDING.search(line)]


def test_squawk_finds_nothing_in_any_step(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    steps.render("base:head")

    assert findings(capsys.readouterr().out, tmp_path) == []


@pytest.mark.parametrize(
    ("sql", "rule"),
    [
        ("ALTER TABLE customer RENAME COLUMN email TO mail;", "renaming-column"),
        ("ALTER TABLE customer ALTER COLUMN email TYPE int;", "changing-column-type"),
        ("ALTER TABLE customer ADD COLUMN x text NOT NULL;", "adding-required-field"),
        ("CREATE INDEX ix ON customer (email);", "require-concurrent-index-creation"),
        ("ALTER TABLE customer DROP COLUMN email;", "ban-drop-column"),
    ],
)
def test_squawk_finds_what_would_stop_the_service(sql: str, rule: str, tmp_path: Path) -> None:
    limits = "SET lock_timeout = '3s';\nSET statement_timeout = '15min';\n"

    assert any(rule in found for found in findings(limits + sql, tmp_path))
