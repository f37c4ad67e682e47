"""How does the risk that customers leave look to a client? With reasons, beside how good the model is."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from schema.customers.types import Customer
from schema.ground.connections import Connection
from schema.ground.fields import column, connection, entity, extend, listed, one, record, where
from schema.ground.roots import Node, Query
from schema.insights.findings import AnalysisRun
from service.insights import churn_tables as tables
from service.insights import finding_reads as reads


@record(
    tables.ChurnCalibration,
    name="ChurnCalibration",
    description="Customers whom the model gave a like risk, and how many of them left.",
)
class ChurnCalibration:
    """A group of like risk."""

    customers: int = column("How many customers were in the group.")
    predicted: float = column("The mean of their risks, 0 to 1.")
    observed: float = column("The share of them that left, 0 to 1.")


@record(
    tables.ChurnRiskReason, name="ChurnRiskReason", description="What moved a customer's risk, and which way."
)
class ChurnRiskReason:
    """A reason."""

    feature: str = column("What was looked at.")
    value: float = column("What it is for this customer.")
    usual: float = column("What it is in the mean of all customers.")
    contribution: float = column(
        "By how much it moves the log odds, against the mean customer; above 0 towards leaving."
    )


@entity(reads.CHURN_MODEL, description="One fitted model of who leaves, and how well it tells.")
class ChurnModel(Node):
    """A churn model."""

    model_version: str = column("Its version.")
    horizon_days: int = column("It says who leaves within that many days.")
    customers: int = column("From how many customers it learned.")
    churned: int = column("How many of those had left.")
    brier: float = column(
        "The mean squared error of its risks for customers it had not seen, 0 to 1; less is better."
    )
    brier_of_rate: float = column("The same where everybody gets the overall rate: what it has to beat.")
    calibration_error: float = column(
        "By how much its risks miss the shares that really left, in the mean, 0 to 1."
    )
    auc: float = column(
        "How often one who left got a higher risk than one who stayed; 0.5 is chance, 1 is always."
    )
    weights: JSON = column("The weight of each standardised feature, by its name.")
    trained_at: datetime = column("When it was fitted.")
    run: AnalysisRun = one("The run that fitted it.", reads.run_of_finding)
    calibration: list[ChurnCalibration] = listed(
        "Predicted against observed, from the lowest risks to the highest.", reads.calibration_of_model
    )
    risks: Connection["ChurnRisk"] = connection("The risks it gave, highest first.", reads.risks_of_model)


@entity(reads.CHURN_RISK, description="How probable it is that a customer leaves; an estimate, no verdict.")
class ChurnRisk(Node):
    """A churn risk."""

    probability: float = column("The probability within the model's horizon, 0 to 1.")
    predicted_at: datetime = column("When it was estimated.")
    customer: Customer = one("Whose risk it is.", reads.customer_of_risk)
    model: ChurnModel = one("The model that estimated it.", reads.model_of_risk)
    reasons: list[ChurnRiskReason] = listed("What moved it most, strongest first.", reads.reasons_of_risk)


@strawberry.input(description="Which risks; all fields that are given must hold.")
class ChurnRiskFilter:
    """A filter of risks."""

    customer: strawberry.ID | None = where("Of this customer.", reads.by_customer)


@extend(Query)
class ChurnQueries:
    """Where reading risks begins."""

    churn_models: Connection[ChurnModel] = connection("All churn models, latest first.", reads.CHURN_MODELS)
    churn_risks: Connection[ChurnRisk] = connection(
        "The risks of all customers, highest first.", reads.CHURN_RISKS, filter_by=ChurnRiskFilter
    )


@extend(Customer)
class CustomerChurn:
    """What a customer shows of the risk of leaving."""

    churn_risk: ChurnRisk | None = one(
        "How probable it is that the customer leaves; null where nothing was estimated.",
        reads.risk_of_customer,
    )
