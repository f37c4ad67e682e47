"""Which settings does a process run with, and where do they come from?

Every value comes from the environment (`CXGRAPH_…`, and plain `DATABASE_URL`), is checked once when the
process starts, and never changes afterwards. Nothing else in the product reads the environment.
"""

import re
from enum import StrEnum
from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from infra.bearer_tokens import Issuer

PREFIX = "CXGRAPH_"
ORIGIN = re.compile(r"https?://[a-z0-9.-]+(?::\d+)?")
SHORTEST_KEY = 32
DIALECTS = ("postgresql://", "postgres://", "postgresql+asyncpg://")


class Environment(StrEnum):
    """Where the process runs: development shows its insides, production hides them."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Introspection(StrEnum):
    """Who may read the schema by introspection."""

    EVERYBODY = "everybody"
    SCOPED = "scoped"
    """Only who has the scope for it."""
    NOBODY = "nobody"
    BY_ENVIRONMENT = "by-environment"
    """Everybody in development, only who has the scope in production."""


class SettingsRefused(Exception):
    """A setting has a value the product cannot run with."""


class Settings(BaseSettings):
    """Holds every setting of a process, typed, checked and frozen."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True)

    environment: Environment = Environment.DEVELOPMENT
    database_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("DATABASE_URL", "database_url"),
        description="postgresql://user:password@host:port/name; empty means the embedded database",
    )
    owner_database_url: str | None = Field(
        default=None,
        description="the same database as who owns its tables, to migrate; empty means the same URL",
    )
    state_dir: Path = Field(
        default=Path(".run"), description="folder of everything the product keeps on this disk"
    )

    host: str = Field(default="127.0.0.1", min_length=1, description="address to listen on")
    port: int = Field(default=8000, ge=0, le=65535, description="TCP port to listen on, 0 picks a free one")

    pool_size: int = Field(default=8, ge=1, le=200, description="connections kept to the database")
    statement_timeout_seconds: float = Field(default=10.0, gt=0, le=600, description="longest SQL statement")
    migration_lock_seconds: float = Field(
        default=3.0, gt=0, le=60, description="longest wait of a migration's lock"
    )

    periodic_work: bool = Field(
        default=True, description="whether this process does its share of the periodic work"
    )
    relay: bool = Field(default=True, description="whether this process carries events out of the outbox")
    listen_database_url: str | None = Field(
        default=None,
        description="the same database without a pooler of transactions, to listen; empty means the same URL",
    )
    nats_url: str | None = Field(
        default=None, description="nats://host:port of the bus; empty means PostgreSQL alone"
    )
    most_sockets: int = Field(default=5000, ge=1, le=100_000, description="sockets and streams kept open")
    socket_drain_seconds: float = Field(
        default=5.0, ge=0, le=300, description="time over which sockets are closed on stop, one by one"
    )
    issuers: tuple[Issuer, ...] = Field(
        default=(), description="the identity providers that are trusted, a JSON list"
    )
    link_key: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="secret of 32 characters or more that signs the links by which customers reply; "
        "empty means one of this process alone in development, and no links in production",
    )
    webhook_keys: tuple[SecretStr, ...] = Field(
        default=(),
        description="secrets of 32 characters or more from which those of webhooks follow, a JSON list; the "
        "first makes new ones; empty means a known one in development, and no webhooks in production",
    )

    telemetry_endpoint: str | None = Field(
        default=None,
        pattern=r"^https?://",
        description="OTLP receiver (http/protobuf), such as http://collector:4318; empty sends nothing",
    )
    telemetry_seconds: float = Field(default=15.0, gt=0, le=3600, description="how often figures are sent")
    telemetry_resource: dict[str, str] = Field(
        default_factory=dict, description="attributes of this process beyond its own, a JSON object"
    )
    trace_share: float = Field(
        default=0.1, ge=0, le=1, description="share of the traces that begin here which is kept"
    )
    metrics_port: int | None = Field(
        default=None, ge=0, le=65535, description="TCP port of the figures for Prometheus; empty shows none"
    )
    json_logs: bool | None = Field(
        default=None, description="log lines as JSON on stdout; empty means in production only"
    )

    body_limit_bytes: int = Field(default=256 * 1024, ge=1024, description="largest body of a query")
    bulk_limit_bytes: int = Field(
        default=5 * 1024 * 1024, ge=1024, description="largest body of a mutation with many rows"
    )
    header_seconds: float = Field(
        default=5.0, gt=0, le=300, description="time for a request's head to arrive"
    )
    body_seconds: float = Field(default=10.0, gt=0, le=300, description="time for a request's body to arrive")
    concurrent_requests: int = Field(default=64, ge=8, le=10_000, description="requests served at a time")
    waiting_requests: int = Field(
        default=128, ge=0, le=10_000, description="requests of one priority that may wait to be served"
    )
    waiting_seconds: float = Field(default=0.3, gt=0, le=60, description="longest wait to be served")
    points_per_second: float = Field(
        default=20_000, gt=0, description="points of cost that a tenant gets back each second"
    )
    points_saved: int = Field(
        default=200_000, ge=1_000, description="points of cost that a tenant can have saved up"
    )
    trusted_documents: Path | None = Field(
        default=None, description="manifest of trusted documents: a JSON object of documents by SHA-256"
    )
    only_trusted_documents: bool = Field(
        default=False, description="answer trusted documents only, except to who may ask freely"
    )
    introspection: Introspection = Field(
        default=Introspection.BY_ENVIRONMENT,
        description="who may read the schema: everybody, scoped, nobody, or by-environment",
    )
    cors_origins: str = Field(
        default="",
        description="origins whose pages may ask and subscribe, separated by commas, such as https://cx.example",
    )
    idle_timeout_seconds: float = Field(
        default=75.0, gt=0, le=3600, description="longest silence of a connection"
    )
    connect_seconds: float = Field(
        default=0.25, gt=0, le=60, description="longest time to connect to the database during a request"
    )
    pause_seconds: float | None = Field(
        default=None,
        ge=0,
        le=120,
        description="time between being unready and no longer accepting, longer than the readiness probe's"
        " period; empty means 6 in production, else 0",
    )
    drain_seconds: float = Field(
        default=25.0, ge=0, le=600, description="time for open requests to finish on stop"
    )

    @field_validator("database_url", "owner_database_url", "listen_database_url")
    @classmethod
    def _a_postgresql_url(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(DIALECTS):
            message = "a URL that starts with postgresql://"
            raise ValueError(message)
        return url

    @field_validator("cors_origins")
    @classmethod
    def _whole_origins(cls, origins: str) -> str:
        if any(not ORIGIN.fullmatch(one.strip()) for one in origins.split(",") if origins):
            message = "origins such as https://cx.example, without a path, separated by commas"
            raise ValueError(message)
        return origins

    @property
    def origins(self) -> frozenset[bytes]:
        """The origins whose pages may ask and subscribe."""
        return frozenset(one.strip().encode() for one in self.cors_origins.split(",") if one.strip())

    @field_validator("webhook_keys")
    @classmethod
    def _long_enough(cls, keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if any(len(key.get_secret_value()) < SHORTEST_KEY for key in keys):
            message = f"keys of {SHORTEST_KEY} characters or more"
            raise ValueError(message)
        return keys

    @property
    def owner_url(self) -> str | None:
        """The address for who changes tables or makes tenants."""
        return self.owner_database_url or self.database_url

    @property
    def is_followed(self) -> bool:
        """Whether anybody is told of spans and figures."""
        return self.telemetry_endpoint is not None or self.metrics_port is not None

    @property
    def logs_json(self) -> bool:
        """Whether log lines are for machines."""
        return self.is_production if self.json_logs is None else self.json_logs

    @property
    def pause(self) -> float:
        """How long a process that is told to stop still accepts requests, in seconds."""
        usual = 6.0 if self.is_production else 0.0
        return usual if self.pause_seconds is None else self.pause_seconds

    @property
    def is_production(self) -> bool:
        """Whether insides (suggestions, tracebacks, explorer) stay hidden."""
        return self.environment is Environment.PRODUCTION


def load() -> Settings:
    """Reads the settings from the environment; raises `SettingsRefused` naming each wrong variable."""
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsRefused("\n".join(_complaint(detail) for detail in error.errors())) from error


def variable_names() -> dict[str, str]:
    """Maps every environment variable the product reads to the field it fills."""
    return {_variable(name): name for name in Settings.model_fields}


def _variable(field: str) -> str:
    return "DATABASE_URL" if field == "database_url" else f"{PREFIX}{field.upper()}"


def _complaint(detail: ErrorDetails) -> str:
    location = str(detail["loc"][0]) if detail["loc"] else ""
    field = "database_url" if location == "DATABASE_URL" else location
    about = Settings.model_fields[field].description if field in Settings.model_fields else None
    meaning = f" ({about})" if about else ""
    shown = (
        "" if field.endswith(("database_url", "link_key", "webhook_keys")) else f", not {detail['input']!r}"
    )
    return f"{_variable(field)}{meaning}: {_expected(detail)}{shown}"


def _expected(detail: ErrorDetails) -> str:
    return detail["msg"].replace("Value error, ", "expected ").replace("Input should be", "expected")
