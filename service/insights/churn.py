"""Who may leave? A model with its quality is kept, and each customer's risk with what moved it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete

from service.ground.keys import uuid7
from service.ground.session import Session
from service.ground.statements import TENANT, Statement
from service.ground.tables import table_of
from service.insights import runs
from service.insights.churn_tables import ChurnCalibration, ChurnModel, ChurnRisk, ChurnRiskReason
from service.insights.runs import Method

_risk = table_of(ChurnRisk)
FORGETTING = Statement(delete(_risk).where(_risk.c.tenant_id == TENANT))


@dataclass(frozen=True, slots=True)
class Calibration:
    """Customers of like risk: the mean of what was predicted, and the share that left."""

    customers: int
    predicted: float
    observed: float


@dataclass(frozen=True, slots=True)
class Quality:
    """How well a model tells for customers it did not learn from; `brier_of_rate` is what it has to beat."""

    customers: int
    churned: int
    brier: float
    brier_of_rate: float
    calibration_error: float
    auc: float
    calibration: tuple[Calibration, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """What moved a risk: a feature, its value, what is usual, and by how much it moves the log odds."""

    feature: str
    value: float
    usual: float
    contribution: float


@dataclass(frozen=True, slots=True)
class Risk:
    """The probability that one customer leaves, with what moved it, the strongest first."""

    customer_id: UUID
    probability: float
    reasons: tuple[Reason, ...]


async def keep(
    session: Session,
    method: Method,
    quality: Quality,
    weights: Mapping[str, float],
    risks: Sequence[Risk],
    *,
    until: datetime,
    horizon: timedelta,
) -> UUID:
    """Keep a fitted model and each customer's risk, in place of the last risks; returns the model."""
    run_id = runs.record(session, method, until=until, read=quality.customers, found=len(risks))
    model = session.add(
        ChurnModel(
            run_id=run_id,
            model_version=f"{method.version}-{until:%Y-%m-%d}-{run_id.hex[-6:]}",
            horizon_days=horizon.days,
            customers=quality.customers,
            churned=quality.churned,
            brier=quality.brier,
            brier_of_rate=quality.brier_of_rate,
            calibration_error=quality.calibration_error,
            auc=quality.auc,
            weights=dict(weights),
            trained_at=session.now,
        )
    )
    session.insert(ChurnCalibration, _calibration_rows(model.id, quality.calibration))
    await _replace(session, model.id, risks)
    return model.id


async def _replace(session: Session, model_id: UUID, risks: Sequence[Risk]) -> None:
    """Put these risks in place of the last; a customer's risk keeps its id."""
    before = await session.lookup(ChurnRisk, ("customer_id",), [(risk.customer_id,) for risk in risks])
    await session.run(FORGETTING)
    told = {"churn_model_id": model_id, "predicted_at": session.now}
    reasons: list[dict[str, object]] = []
    rows: list[dict[str, object]] = []
    for risk in risks:
        known = before.get((risk.customer_id,))
        id_ = known["id"] if known else uuid7()
        rows.append({"id": id_, "customer_id": risk.customer_id, "probability": risk.probability, **told})
        reasons += _reason_rows(id_, risk.reasons)
    session.insert(ChurnRisk, rows)
    session.insert(ChurnRiskReason, reasons)


def _calibration_rows(model_id: UUID, calibration: Sequence[Calibration]) -> list[dict[str, object]]:
    return [
        {
            "id": uuid7(),
            "churn_model_id": model_id,
            "position": position,
            "customers": one.customers,
            "predicted": one.predicted,
            "observed": one.observed,
        }
        for position, one in enumerate(calibration, start=1)
    ]


def _reason_rows(risk_id: UUID, reasons: Sequence[Reason]) -> list[dict[str, object]]:
    return [
        {
            "id": uuid7(),
            "churn_risk_id": risk_id,
            "position": position,
            "feature": one.feature,
            "value": one.value,
            "usual": one.usual,
            "contribution": one.contribution,
        }
        for position, one in enumerate(reasons, start=1)
    ]
