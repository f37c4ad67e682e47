"""What does the database refuse? Violated constraints become problems here, by name, nowhere else."""

from functools import cache

from sqlalchemy import Constraint, ForeignKeyConstraint, UniqueConstraint
from sqlmodel import SQLModel

from service.ground.problems import Invalid, NotFound, Problem, Taken


@cache
def _constraints() -> dict[str, Constraint]:
    tables = SQLModel.metadata.tables.values()
    return {str(one.name): one for table in tables for one in table.constraints if one.name}


def problem_for(name: str | None) -> Problem:
    """Return the problem that a violated constraint stands for."""
    constraint = _constraints().get(name or "")
    if isinstance(constraint, ForeignKeyConstraint):
        column = constraint.column_keys[-1]
        thing = constraint.referred_table.name.replace("_", " ")
        return NotFound(_camel(column), thing=thing, key="id")
    if isinstance(constraint, UniqueConstraint):
        columns = [column.name for column in constraint.columns if column.name != "tenant_id"]
        thing = constraint.table.name.replace("_", " ")
        taken = Taken(_camel(columns[-1]), thing=thing, key=" and ".join(columns).replace("_", " "))
        taken.passing = True  # it was free when the write looked, so another write is a moment ahead
        return taken
    return Invalid(reason=f"The database refused the values: {name or 'an unnamed condition'} does not hold.")


def _camel(column: str) -> str:
    first, *rest = column.split("_")
    return first + "".join(part.title() for part in rest)
