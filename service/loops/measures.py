"""What is measured of loops? How soon recoveries begin, how many succeed, and who was told."""

from sqlalchemy import func

from service.ground.reads import among, column
from service.loops.reads import FOLLOW_UP, RECOVERY
from service.loops.tables import FollowUpStatus, RecoveryStatus
from service.metrics import loops, sources
from service.metrics.expressions import flag, one, said
from service.metrics.measures import Dimension, Facts, Key, Measure, StayMeasure
from service.metrics.outcomes import Survived

RECOVERY_FACTS = Facts(
    RECOVERY,
    {
        Dimension.CUSTOMER: Key(column("customer_id"), rolled=False),
        Dimension.CONTACT_REASON: Key(column("contact_reason_id"), rolled=False),
    },
    column("created_at"),
)
FOLLOW_UP_FACTS = Facts(
    FOLLOW_UP,
    {Dimension.CUSTOMER: Key(column("customer_id"), rolled=False)},
    column("created_at"),
)
OUT = (RecoveryStatus.RECOVERED, RecoveryStatus.UNCONFIRMED, RecoveryStatus.REOPENED)
TELLABLE = (
    FollowUpStatus.READY,
    FollowUpStatus.SENT,
    FollowUpStatus.CONFIRMED,
    FollowUpStatus.DISPUTED,
    FollowUpStatus.NO_REPLY,
)
ACKNOWLEDGED = StayMeasure(
    "ACKNOWLEDGED", RECOVERY_FACTS, column("opened_at"), lambda row: row.c.acknowledged_at
)
REMEDIED = Measure(
    "REMEDIED",
    RECOVERY_FACTS,
    lambda row: func.coalesce(row.c.closed_at, row.c.remedied_at),
    {"n": one, "hits": lambda row: flag(row.c.status == said(RecoveryStatus.RECOVERED))},
    when=lambda row: among(row.c.status, OUT),
)
TOLD = Measure(
    "TOLD",
    FOLLOW_UP_FACTS,
    column("owed_at"),
    {"n": one, "hits": lambda row: flag(row.c.sent_at.is_not(None))},
    when=lambda row: among(row.c.status, TELLABLE),
)
sources.add(
    (ACKNOWLEDGED, REMEDIED, TOLD),
    {
        loops.TIME_TO_ACKNOWLEDGE.id: Survived(("ACKNOWLEDGED",)),
        loops.RECOVERY_RATE.id: loops.shares("REMEDIED"),
        loops.TOLD_RATE.id: loops.shares("TOLD"),
    },
)
