"""Which tables hold the risk that customers leave? Models with their calibration, risks with reasons."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Field

from service.ground.tables import (
    SortedText,
    TenantRow,
    belongs_to,
    free_attributes,
    holds,
    index,
    moment,
    unique,
)


class ChurnModel(TenantRow, table=True):
    """One fitted model of who leaves, and how well it told that for customers it had not seen."""

    __tablename__ = "churn_model"
    __table_args__ = (
        belongs_to("run_id", "analysis_run"),
        unique("model_version"),
        holds("learned_from_both", "churned > 0 AND churned < customers"),
        index("ix_churn_model_trained_at", "trained_at", "id"),
    )

    run_id: UUID
    model_version: str = Field(sa_type=SortedText)
    horizon_days: int
    customers: int
    churned: int
    brier: float
    brier_of_rate: float
    calibration_error: float
    auc: float
    weights: dict[str, Any] = free_attributes()
    trained_at: datetime = moment()


class ChurnCalibration(TenantRow, table=True):
    """How many of the customers whom the model gave a like risk really left."""

    __tablename__ = "churn_calibration"
    __table_args__ = (
        belongs_to("churn_model_id", "churn_model", with_parent=True),
        unique("churn_model_id", "position"),
        holds("shares", "predicted BETWEEN 0 AND 1 AND observed BETWEEN 0 AND 1"),
        index("ix_churn_calibration_churn_model", "churn_model_id", "position", "id"),
    )

    churn_model_id: UUID
    position: int
    customers: int
    predicted: float
    observed: float


class ChurnRisk(TenantRow, table=True):
    """How probable it is that one customer leaves within the model's horizon; an estimate, no verdict."""

    __tablename__ = "churn_risk"
    __table_args__ = (
        belongs_to("churn_model_id", "churn_model", with_parent=True),
        belongs_to("customer_id", "customer", with_parent=True),
        unique("customer_id"),
        holds("probability", "probability BETWEEN 0 AND 1"),
        index("ix_churn_risk_probability", "probability", "id"),
        index("ix_churn_risk_churn_model", "churn_model_id", "probability", "id"),
    )

    churn_model_id: UUID
    customer_id: UUID
    probability: float
    predicted_at: datetime = moment()


class ChurnRiskReason(TenantRow, table=True):
    """What moved one customer's risk most, and which way."""

    __tablename__ = "churn_risk_reason"
    __table_args__ = (
        belongs_to("churn_risk_id", "churn_risk", with_parent=True),
        unique("churn_risk_id", "position"),
        index("ix_churn_risk_reason_churn_risk", "churn_risk_id", "position", "id"),
    )

    churn_risk_id: UUID
    position: int
    feature: str
    value: float
    usual: float
    contribution: float
