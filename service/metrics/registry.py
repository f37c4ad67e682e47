"""Which metrics are there? Every definition, in the order in which the story needs them."""

from service.metrics import (
    abandonment,
    ces,
    churn,
    contact_rate,
    csat,
    first_contact,
    health,
    journeys,
    loops,
    nps,
    promises,
    remembering,
    response_times,
    service_level,
    voice,
    volume,
)
from service.metrics.definitions import Definition, MetricFamily

DEFINITIONS: tuple[Definition, ...] = (
    nps.NPS,
    nps.NPS_WEIGHTED,
    csat.CSAT,
    csat.CSAT_WEIGHTED,
    csat.CSAT_MEAN,
    ces.CES_MEAN,
    ces.CES_EASY,
    voice.RESPONSE_RATE,
    voice.NEGATIVE_SENTIMENT,
    churn.CHURN,
    churn.CHURN_RATE,
    churn.RETENTION,
    health.HEALTH,
    response_times.FRT_HUMAN,
    response_times.FRT_HUMAN_BUSINESS,
    response_times.FRT_ANY,
    response_times.FRT_ANY_BUSINESS,
    response_times.FIRST_RESOLUTION,
    response_times.FULL_RESOLUTION,
    first_contact.FCR,
    first_contact.FCR_SURVEY,
    first_contact.RECEIVED_ONCE,
    first_contact.REOPEN_RATE,
    first_contact.REPEAT_CONTACT,
    abandonment.ABANDON_QUEUE,
    abandonment.ABANDON_UNRESOLVED,
    promises.SLA_ATTAINMENT,
    service_level.SERVICE_LEVEL,
    service_level.SERVICE_LEVEL_FORGIVING,
    service_level.SERVICE_LEVEL_ANSWERED,
    service_level.SERVICE_LEVEL_OFFERED,
    service_level.SPEED_OF_ANSWER,
    service_level.HANDLE_TIME,
    contact_rate.CONTACT_RATE,
    volume.CONTACTS,
    volume.BACKLOG,
    volume.RESOLUTION_RATE,
    journeys.CONVERSION,
    journeys.DROP_OFF,
    journeys.TIME_IN_STAGE,
    journeys.FRICTION_RATE,
    remembering.WORST_MOMENT,
    remembering.PEAK_END,
    promises.PROMISE_ADHERENCE,
    loops.TIME_TO_ACKNOWLEDGE,
    loops.RECOVERY_RATE,
    loops.TOLD_RATE,
    loops.VERIFIED_EFFECT_RATE,
    loops.REGRESSION_RATE,
)
_BY_ID = {definition.id: definition for definition in DEFINITIONS}


def find(id_: str) -> Definition | None:
    """Return the definition with this id, None where there is none."""
    return _BY_ID.get(id_)


def of_family(family: MetricFamily | None = None) -> list[Definition]:
    """Return the definitions of one family, or all."""
    return [each for each in DEFINITIONS if family in {None, each.family}]
