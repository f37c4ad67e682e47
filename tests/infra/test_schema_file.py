"""Is the schema that was reviewed the schema that is served?"""

from infra.verbs.schema import printed
from tests.house.sources import ROOT

COMMITTED = ROOT / "schema" / "schema.graphql"


def test_the_committed_schema_is_the_served_one() -> None:
    assert COMMITTED.read_text() == printed(), "run `make schema` and review what changed"
