"""How do metrics look to a client? Their definitions, word for word as they are computed."""

import strawberry

from schema.ground.fields import closed_set, value
from service.metrics import definitions

closed_set(
    definitions.MetricFamily,
    "What a metric is about.",
    CX="The experience as a whole.",
    SERVICE="How matters are handled.",
    JOURNEY="How customers get on.",
    LOOP="Whether what was heard is acted on.",
)
closed_set(
    definitions.MetricUnit,
    "What a value counts.",
    FRACTION="A share: 0.5 is a half.",
    POINTS="Points: -100 to 100, or 0 to 100.",
    SCALE="Steps of the survey's own scale.",
    SECONDS="Seconds.",
    COUNT="Things.",
    PER_1000_CUSTOMERS_A_MONTH="Events for each 1,000 customers and 30 days.",
    PER_MONTH="Events for each customer and 30 days.",
)
closed_set(
    definitions.MetricDirection,
    "Which way is better.",
    HIGHER_IS_BETTER="A larger value is better.",
    LOWER_IS_BETTER="A smaller value is better.",
    NEITHER="Neither is better by itself.",
)
closed_set(
    definitions.IntervalMethod,
    "How the 95 % interval around a value is computed.",
    WILSON="The score interval of a proportion.",
    ADJUSTED_WALD="The Wald interval after adding three answers.",
    STUDENT_T="The t interval of a mean.",
    EXACT_POISSON="The exact interval of a rate.",
    NONE="There is no interval.",
)


@strawberry.type(description="A number that a definition leaves open.")
class MetricParameter:
    """A parameter."""

    name: str = value("Its name in the formula.")
    default: float = value("What it is where nobody chooses.")
    meaning: str = value("What it decides.")


@strawberry.type(description="What a metric is; a change of what is counted, or how, is a new version.")
class MetricDefinition:
    """A definition."""

    id: str = value("Its id, for ever.")
    version: int = value("Counts the changes of the definition, from 1.")
    name: str = value("Its name.")
    family: definitions.MetricFamily = value("What it is about.")
    formula: str = value("How it is computed, in words.")
    unit: definitions.MetricUnit = value("What a value counts.")
    least: float | None = value("The smallest possible value; null where there is none.")
    most: float | None = value("The largest possible value; null where there is none.")
    direction: definitions.MetricDirection = value("Which way is better.")
    parameters: list[MetricParameter] = value("What it leaves open.")
    method: definitions.IntervalMethod = value("How its interval is computed.")
    empty: str = value("What is answered where there is nothing to measure.")
    source: str = value("Where the definition and its interval come from.")


def shown(definition: definitions.Definition) -> MetricDefinition:
    """Return a definition as clients see it."""
    return MetricDefinition(
        id=definition.id,
        version=definition.version,
        name=definition.name,
        family=definition.family,
        formula=definition.formula,
        unit=definition.unit,
        least=definition.least,
        most=definition.most,
        direction=definition.direction,
        parameters=[
            MetricParameter(name=p.name, default=p.default, meaning=p.meaning) for p in definition.parameters
        ],
        method=definition.method,
        empty=definition.empty,
        source=definition.source,
    )
