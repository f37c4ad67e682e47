"""Which tables hold roll-ups? What was counted in an hour at a node, in parts that can be added up."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, Numeric, PrimaryKeyConstraint
from sqlmodel import Field

from service.ground.tables import Moment, SortedText, TenantRow


def _key(last: str) -> PrimaryKeyConstraint:
    """Make one index serve reading and telling rows apart: these rows are many, and written all the time."""
    return PrimaryKeyConstraint("tenant_id", "measure", "node_kind", "node", "at_hour", last, "id")


class MetricTally(TenantRow, table=True):
    """An addend to what one hour counted of one measure at one node.

    Several rows of the same key add up: a write adds a row of its own and never meets another one's, and a
    correction adds a negative one. `node_kind` is the dimension, `node` its key; `variant` tells answers on
    different scales apart.
    """

    __tablename__ = "metric_tally"
    __table_args__ = (_key("variant"),)

    measure: str = Field(sa_type=SortedText, primary_key=True)
    node_kind: str = Field(sa_type=SortedText, primary_key=True)
    node: str = Field(sa_type=SortedText, primary_key=True)
    variant: str = Field(default="", sa_type=SortedText, primary_key=True)
    at_hour: datetime = Field(sa_type=Moment, primary_key=True)
    n: int = Field(default=0, sa_type=BigInteger)
    hits: int = Field(default=0, sa_type=BigInteger)
    misses: int = Field(default=0, sa_type=BigInteger)
    total: Decimal = Field(default=Decimal(0), sa_type=Numeric)
    squares: Decimal = Field(default=Decimal(0), sa_type=Numeric)
    weight: Decimal = Field(default=Decimal(0), sa_type=Numeric)
    weight_squares: Decimal = Field(default=Decimal(0), sa_type=Numeric)
    weight_hits: Decimal = Field(default=Decimal(0), sa_type=Numeric)
    weight_misses: Decimal = Field(default=Decimal(0), sa_type=Numeric)


class MetricBin(TenantRow, table=True):
    """An addend to how many values of one measure fell into one bin: a logarithmic one, or an NPS score."""

    __tablename__ = "metric_bin"
    __table_args__ = (_key("bin"),)

    measure: str = Field(sa_type=SortedText, primary_key=True)
    node_kind: str = Field(sa_type=SortedText, primary_key=True)
    node: str = Field(sa_type=SortedText, primary_key=True)
    at_hour: datetime = Field(sa_type=Moment, primary_key=True)
    bin: int = Field(primary_key=True)
    n: int = Field(default=0, sa_type=BigInteger)
