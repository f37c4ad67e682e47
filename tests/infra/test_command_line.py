"""Does the command line list its verbs, refuse plainly and print SQL without a database?"""

from pathlib import Path

import pytest
from graphql import build_schema, lexicographic_sort_schema, print_schema

from infra.__main__ import VERBS, main


def test_help_lists_every_verb_with_its_summary(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(["--help"])

    shown = " ".join(capsys.readouterr().out.split())
    assert leaving.value.code == 0
    assert [verb.name for verb in VERBS if f"{verb.name} {verb.summary}" not in shown] == []


def test_wrong_settings_end_with_status_two_and_the_variable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CXGRAPH_PORT", "many")

    assert main(["migrate"]) == 2
    assert capsys.readouterr().err.startswith("CXGRAPH_PORT")


def test_migrating_can_be_read_before_it_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate", "--sql"]) == 0

    assert "SET lock_timeout" in capsys.readouterr().out


def test_the_schema_is_printed_sorted_and_can_be_read_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0

    printed = capsys.readouterr().out
    assert print_schema(lexicographic_sort_schema(build_schema(printed))) + "\n" == printed


def test_migrate_migrates_the_given_database(
    empty_database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    monkeypatch.setenv("CXGRAPH_STATE_DIR", str(tmp_path))

    assert main(["migrate"]) == 0

    assert capsys.readouterr().out.startswith("The database is at revision")
    assert list(tmp_path.iterdir()) == []


def test_a_noted_head_of_a_tenant_that_is_gone_is_told(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)

    assert main(["verify-audit", "--head", f"nobody={'0f' * 32}"]) == 1

    assert "nobody: THERE IS NO SUCH TENANT" in capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("head", ["nobody", "=" + "0f" * 32, "nobody=0f", "nobody=" + "0g" * 32])
def test_a_head_that_is_none_is_refused(head: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(["verify-audit", "--head", head])

    assert leaving.value.code == 2
    assert "64 hexadecimal digits" in capsys.readouterr().err
