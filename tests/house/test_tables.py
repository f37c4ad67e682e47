"""Can every table be sharded by tenant when one machine is full?"""

import pytest
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Enum,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.schema import SchemaItem
from sqlmodel import SQLModel

import service
from tests.house.sharding import GLOBAL_TABLES, violations

CONVENTION = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
}


def broken(*parts: SchemaItem) -> list[str]:
    """The breaches of a table that would be right without these parts."""
    metadata = MetaData(naming_convention=CONVENTION)
    Table(
        "other", metadata, Column("tenant_id", Uuid, primary_key=True), Column("id", Uuid, primary_key=True)
    )
    key = [Column("tenant_id", Uuid, primary_key=True), Column("id", Uuid, primary_key=True)]
    Table("thing", metadata, *key, Column("other_id", Uuid), Column("name", Text), *parts)
    return violations(metadata)


def test_every_table_of_the_product_can_be_sharded_by_tenant() -> None:
    assert service.__doc__ is not None

    assert violations(SQLModel.metadata) == []


def test_every_global_table_has_its_reason() -> None:
    assert all(GLOBAL_TABLES.values())


def test_a_table_in_order_breaks_no_rule() -> None:
    assert (
        broken(
            UniqueConstraint("tenant_id", "name", name="uq_thing_name"),
            Index("ix_thing_other", "tenant_id", "other_id"),
            ForeignKeyConstraint(
                ["tenant_id", "other_id"], ["other.tenant_id", "other.id"], ondelete="CASCADE"
            ),
            CheckConstraint("name <> ''", name="ck_thing_name"),
            Column("at", DateTime(timezone=True), server_default=text("now()")),
        )
        == []
    )


@pytest.mark.parametrize(
    ("part", "breach"),
    [
        (UniqueConstraint("name", name="uq_x"), "UniqueConstraint uq_x does not start with the tenant"),
        (Index("ix_x", "name"), "index ix_x does not start with the tenant"),
        (Index("ix_x", text("lower(name)")), "index ix_x does not start with the tenant"),
        (
            ForeignKeyConstraint(["other_id", "tenant_id"], ["other.id", "other.tenant_id"]),
            "ForeignKeyConstraint fk_thing_other_id does not point from tenant to tenant first",
        ),
        (
            ForeignKeyConstraint(
                ["tenant_id", "other_id"], ["other.tenant_id", "other.id"], ondelete="SET NULL"
            ),
            "ForeignKeyConstraint fk_thing_tenant_id uses SET NULL, which a sharded table cannot",
        ),
        (Column("kind", Enum("a", "b", name="kinds")), "column kind is a native enum; use text and a check"),
        (Column("at", DateTime), "column at is a time without its zone"),
        (
            Column("key", Uuid, server_default=text("gen_random_uuid()")),
            "column key has a volatile default; the application fills it",
        ),
        (
            Column("at", DateTime(timezone=True), onupdate=text("now()")),
            "column at is updated behind the application's back",
        ),
        (CheckConstraint("name <> ''"), "a CheckConstraint has no name"),
        (UniqueConstraint("tenant_id", "name"), "a UniqueConstraint has no name"),
        (Index("ix_" + "x" * 61, "tenant_id"), f"the name ix_{'x' * 61} is longer than PostgreSQL keeps"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_breach_of_a_rule_is_found(part: SchemaItem, breach: str) -> None:
    assert broken(part) == [f"thing: {breach}"]


def test_a_table_without_tenant_and_with_a_sequence_is_found_twice() -> None:
    metadata = MetaData(naming_convention=CONVENTION)
    Table("loose", metadata, Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True))

    assert violations(metadata) == [
        "loose: column id is numbered by a sequence, which is not one number line across nodes",
        "loose: has no tenant and is not declared global",
    ]
