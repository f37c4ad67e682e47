"""Are settings read once, typed, and refused with the name of what is wrong?"""

from pathlib import Path

import pytest
from pydantic import ValidationError

from infra import settings
from infra.settings import Environment, SettingsRefused


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in settings.variable_names():
        monkeypatch.delenv(variable, raising=False)


def test_nothing_needs_to_be_set() -> None:
    loaded = settings.load()

    assert loaded.environment is Environment.DEVELOPMENT
    assert loaded.database_url is None
    assert loaded.state_dir == Path(".run")
    assert (loaded.host, loaded.port) == ("127.0.0.1", 8000)
    assert (loaded.body_limit_bytes, loaded.bulk_limit_bytes) == (262_144, 5_242_880)
    assert not loaded.is_production


def test_each_setting_has_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://app@db/cx")
    monkeypatch.setenv("CXGRAPH_ENVIRONMENT", "production")
    monkeypatch.setenv("CXGRAPH_PORT", "9000")

    loaded = settings.load()

    assert loaded.database_url == "postgresql://app@db/cx"
    assert loaded.is_production
    assert loaded.port == 9000


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")

    assert settings.load().database_url is None


def test_settings_never_change() -> None:
    loaded = settings.load()

    with pytest.raises(ValidationError, match="frozen"):
        setattr(loaded, "port", 1)  # noqa: B010 - mypy would refuse the plain assignment, as it should

    assert loaded.port == 8000


def test_every_wrong_variable_is_named_with_what_is_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXGRAPH_PORT", "99999")
    monkeypatch.setenv("CXGRAPH_ENVIRONMENT", "moon")

    with pytest.raises(SettingsRefused) as refusal:
        settings.load()

    about_port = "TCP port to listen on, 0 picks a free one"
    assert str(refusal.value).splitlines() == [
        "CXGRAPH_ENVIRONMENT: expected 'development' or 'production', not 'moon'",
        f"CXGRAPH_PORT ({about_port}): expected less than or equal to 65535, not '99999'",
    ]


def test_a_refused_database_url_is_not_repeated_for_it_holds_a_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://app:hush@db/cx")

    with pytest.raises(SettingsRefused) as refusal:
        settings.load()

    assert "DATABASE_URL" in str(refusal.value)
    assert "hush" not in str(refusal.value)
