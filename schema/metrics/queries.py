"""How are metrics found? Their definitions are the same for every tenant."""

from typing import Annotated

import strawberry

from schema.ground.fields import extend
from schema.ground.roots import Query
from schema.metrics.types import MetricDefinition, shown
from service import metrics
from service.metrics.definitions import MetricFamily

FamilyArgument = Annotated[MetricFamily | None, strawberry.argument(description="Only those of this family.")]
IdArgument = Annotated[str, strawberry.argument(description="The id, such as `NPS`.")]


@extend(Query)
class MetricQueries:
    """Where reading metrics begins."""

    @strawberry.field(description="The definitions of all metrics.")
    def metric_definitions(self, family: FamilyArgument = None) -> list[MetricDefinition]:
        """Return the definitions."""
        return [shown(definition) for definition in metrics.of_family(family)]

    @strawberry.field(description="The definition of one metric; null where there is none.")
    def metric_definition(self, id: IdArgument) -> MetricDefinition | None:  # noqa: A002 - the argument's name
        """Return one definition."""
        definition = metrics.find(id)
        return shown(definition) if definition else None
