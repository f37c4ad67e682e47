"""What can be waited for? Each field says which events it waits for, and what it shows of each.

A resolver here returns a `Watch`, not the value its type names: the value is made of each event that comes.
"""

from datetime import datetime
from typing import Annotated, cast

import strawberry

from schema.events.types import EVENT, Event
from schema.ground import ids
from schema.ground.context import Node as Shown
from schema.ground.fields import value
from schema.ground.payloads import the_graph
from schema.ground.roots import Query
from schema.ground.watching import Happening, Watch
from schema.interactions.types import Interaction
from schema.loops.types import FeedbackLoop, Recovery
from schema.metrics.types import MetricDefinition, shown
from service import events, metrics
from service.customers.reads import CUSTOMER
from service.ground.problems import Invalid, LimitExceeded, NotFound
from service.ground.scopes import Scope
from service.interactions.reads import INTERACTION
from service.loops.reads import FEEDBACK_LOOP
from service.metrics.definitions import MetricFamily

MOST_CUSTOMERS = 100
LONGEST_SECONDS = 3600
MOVES: dict[MetricFamily, tuple[str, ...]] = {
    MetricFamily.CX: ("feedback", "customer"),
    MetricFamily.SERVICE: ("interaction", "clock", "feedback"),
    MetricFamily.JOURNEY: ("journey_instance", "touchpoint_event", "feedback"),
    MetricFamily.LOOP: ("recovery", "follow_up", "feedback_loop", "insight", "initiative"),
}
"""What can move the metrics of a family."""
DUE = frozenset({"recovery.open", "recovery.reopened", "recovery.assigned", "recovery.overdue"})

Types = Annotated[list[str] | None, strawberry.argument(description="Only these types; all without it.")]
Customers = Annotated[
    list[strawberry.ID] | None,
    strawberry.argument(description="Only what concerns these customers, at most 100."),
]
After = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="The event to go on from: the last one that was received."),
]
InteractionId = Annotated[strawberry.ID, strawberry.argument(description="The interaction.")]
LoopId = Annotated[strawberry.ID | None, strawberry.argument(description="Only this loop; all without it.")]
MetricId = Annotated[str, strawberry.argument(description="The metric's id, such as `NPS`.")]
Seconds = Annotated[
    int,
    strawberry.argument(
        description="The least seconds between two updates, 1 to 3600; the rest is told as one."
    ),
]


@strawberry.type(description="Something happened that can move a metric.")
class MetricUpdate:
    """A hint to look at a metric again, and the graph to look at it in the same answer."""

    metric: MetricDefinition = value("The metric.")
    as_of: datetime = value("When the last thing happened that can move it.")
    query: Query = strawberry.field(
        description="The graph, to read values in the same answer.", default_factory=the_graph
    )


@strawberry.type(description="Everything that can be waited for. Each message carries `extensions.eventId`.")
class Subscription:
    """The root of waiting."""

    @strawberry.field(description="What happens, as soon as it is committed. Needs the scope `events:read`.")
    def events(self, types: Types = None, customer_ids: Customers = None, after: After = None) -> Event:
        """Wait for events."""
        if customer_ids is not None and len(customer_ids) > MOST_CUSTOMERS:
            raise LimitExceeded(
                "customerIds", limit=MOST_CUSTOMERS, things="customers", found=len(customer_ids)
            )
        customers = None if customer_ids is None else ids.decode_all(customer_ids, CUSTOMER, "customerIds")
        watch = Watch(
            types=events.TYPES if types is None else events.check(types, "types"),
            needs=frozenset({Scope.EVENTS_READ}),
            shows=_the_event,
            customers=None if customers is None else frozenset(customers),
            after=ids.decode_optional(after, EVENT, "after"),
        )
        return cast("Event", watch)

    @strawberry.field(description="An interaction, whenever something happened to it.")
    def interaction_changed(self, id: InteractionId) -> Interaction:  # noqa: A002 - the argument's name
        """Wait for changes of one interaction."""
        id_ = ids.decode(id, INTERACTION, "id")
        watch = Watch(
            events.of_things("interaction"),
            frozenset({Scope.INTERACTIONS_READ}),
            _the_subject,
            subject_id=id_,
        )
        return cast("Interaction", watch)

    @strawberry.field(
        description="A recovery that waits for somebody: opened, reopened, handed over, or late by now."
    )
    def recovery_due(self) -> Recovery:
        """Wait for recoveries that somebody must see to."""
        return cast("Recovery", Watch(DUE, frozenset({Scope.LOOPS_READ}), _the_subject))

    @strawberry.field(description="A feedback loop that came further, or was closed.")
    def loop_progressed(self, id: LoopId = None) -> FeedbackLoop:  # noqa: A002 - the argument's name
        """Wait for the progress of loops."""
        id_ = ids.decode_optional(id, FEEDBACK_LOOP, "id")
        types = events.of_things("feedback_loop")
        watch = Watch(types, frozenset({Scope.LOOPS_READ}), _the_subject, subject_id=id_)
        return cast("FeedbackLoop", watch)

    @strawberry.field(description="Something happened that can move a metric, told at most once in a while.")
    def metric_updated(self, id: MetricId, min_interval_seconds: Seconds = 5) -> MetricUpdate:  # noqa: A002 - as above
        """Wait for whatever can move a metric."""
        definition = metrics.find(id)
        if definition is None:
            raise NotFound("id", thing="Metric", key="id")
        if not 1 <= min_interval_seconds <= LONGEST_SECONDS:
            raise Invalid("minIntervalSeconds", reason=f"From 1 to {LONGEST_SECONDS} seconds.")

        def update(event: Happening) -> object:
            return MetricUpdate(metric=shown(definition), as_of=event.occurred_at)

        types = events.of_things(*MOVES[definition.family])
        needs = frozenset({Scope.METRICS_READ})
        return cast("MetricUpdate", Watch(types, needs, update, every_seconds=min_interval_seconds))


def _the_event(event: Happening) -> object:
    return Shown(event.id)


def _the_subject(event: Happening) -> object:
    return Shown(event.subject_id)
