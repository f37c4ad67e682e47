"""Which tables hold roll-ups? What was counted in a span of time at a node, in parts that can be added up."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Column, Numeric, PrimaryKeyConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from service.ground.tables import Moment, SortedText, TenantRow


class Grain(StrEnum):
    """How long the span of a roll-up is; each begins and ends in UTC."""

    HOUR = "HOUR"
    DAY = "DAY"
    MONTH = "MONTH"


class MetricChange(TenantRow, table=True):
    """What a transaction has added to, or taken from, what one hour counted; not in the roll-ups yet.

    A write adds few narrow rows and never meets another one's. `nodes` are the keys it counts at beside the
    tenant itself, each as `DIMENSION:key`.
    """

    __tablename__ = "metric_change"
    __table_args__ = (PrimaryKeyConstraint("tenant_id", "measure", "at_hour", "id"),)

    measure: str = Field(sa_type=SortedText, primary_key=True)
    at_hour: datetime = Field(sa_type=Moment, primary_key=True)
    variant: str = Field(default="", sa_type=SortedText)
    bin: int | None = None
    nodes: list[str] = Field(sa_column=Column(ARRAY(SortedText()), nullable=False))
    n: int = Field(default=0, sa_type=BigInteger)
    hits: int = Field(default=0, sa_type=BigInteger)
    misses: int = Field(default=0, sa_type=BigInteger)
    total: Decimal = Field(default=Decimal(0), sa_type=Numeric)
    squares: Decimal = Field(default=Decimal(0), sa_type=Numeric)
    weight: Decimal = Field(default=Decimal(0), sa_type=Numeric)
    weight_squares: Decimal = Field(default=Decimal(0), sa_type=Numeric)
    weight_hits: Decimal = Field(default=Decimal(0), sa_type=Numeric)
    weight_misses: Decimal = Field(default=Decimal(0), sa_type=Numeric)


def _key(last: str) -> PrimaryKeyConstraint:
    """Make one index find a node's spans and tell all nodes of a span apart."""
    return PrimaryKeyConstraint("tenant_id", "measure", "node_kind", "grain", "starts_at", "node", last)


class MetricTally(SQLModel, table=True):
    """What one span of time counted of one measure at one node.

    `node_kind` is the dimension, `node` its key; `variant` tells answers on different scales apart.
    """

    __tablename__ = "metric_tally"
    __table_args__ = (_key("variant"),)

    tenant_id: UUID = Field(primary_key=True)
    measure: str = Field(sa_type=SortedText, primary_key=True)
    node_kind: str = Field(sa_type=SortedText, primary_key=True)
    grain: Grain = Field(sa_type=SortedText, primary_key=True)
    starts_at: datetime = Field(sa_type=Moment, primary_key=True)
    node: str = Field(sa_type=SortedText, primary_key=True)
    variant: str = Field(default="", sa_type=SortedText, primary_key=True)
    n: int = Field(default=0, sa_type=BigInteger)
    hits: int = Field(default=0, sa_type=BigInteger)
    misses: int = Field(default=0, sa_type=BigInteger)
    total: Decimal = Field(default=Decimal(0), sa_type=Numeric)
    squares: Decimal = Field(default=Decimal(0), sa_type=Numeric)
    weight: Decimal = Field(default=Decimal(0), sa_type=Numeric)
    weight_squares: Decimal = Field(default=Decimal(0), sa_type=Numeric)
    weight_hits: Decimal = Field(default=Decimal(0), sa_type=Numeric)
    weight_misses: Decimal = Field(default=Decimal(0), sa_type=Numeric)


class MetricBin(SQLModel, table=True):
    """How many values of one measure fell into one bin: a logarithmic one, or an NPS score."""

    __tablename__ = "metric_bin"
    __table_args__ = (_key("bin"),)

    tenant_id: UUID = Field(primary_key=True)
    measure: str = Field(sa_type=SortedText, primary_key=True)
    node_kind: str = Field(sa_type=SortedText, primary_key=True)
    grain: Grain = Field(sa_type=SortedText, primary_key=True)
    starts_at: datetime = Field(sa_type=Moment, primary_key=True)
    node: str = Field(sa_type=SortedText, primary_key=True)
    bin: int = Field(primary_key=True)
    n: int = Field(default=0, sa_type=BigInteger)
