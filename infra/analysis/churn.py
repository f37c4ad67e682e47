"""Who leaves within three months? A logistic regression, with its Brier score and its calibration told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sklearn import __version__ as sklearn_version
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from service.ground.session import Session
from service.insights import churn, churn_features
from service.insights.churn import Calibration, Quality, Reason, Risk
from service.insights.churn_features import Observation
from service.insights.finding_tables import AnalysisKind
from service.insights.runs import Method

HORIZON = timedelta(days=90)
FEWEST_OF_A_CLASS = 30
"""Fewer who left, or who stayed, teach nothing: then no risk is told."""
FOLDS = 10
GROUPS = 10
REASONS = 3
SEED = 20_260_301
METHOD = Method(
    AnalysisKind.CHURN,
    "logistic regression",
    f"1-sklearn-{sklearn_version}",
    {"horizonDays": HORIZON.days, "windowDays": churn_features.WINDOW.days, "folds": FOLDS, "seed": SEED},
)

Matrix = NDArray[np.float64]
Labels = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model over standardised features: their usual values, their scatter, their weights."""

    names: tuple[str, ...]
    usual: Matrix
    scatter: Matrix
    weights: Matrix
    intercept: float
    quality: Quality

    def probability(self, values: Matrix) -> Matrix:
        """Return the probability of leaving for each row."""
        odds = self.contributions(values).sum(axis=1) + self.intercept
        return np.asarray(1 / (1 + np.exp(-odds)), dtype=float)

    def contributions(self, values: Matrix) -> Matrix:
        """Return by how much each feature moves the log odds of each row, against the mean customer."""
        return np.asarray((values - self.usual) / self.scatter * self.weights, dtype=float)


async def run(session: Session, today: date) -> UUID | None:
    """Learn from who left in the last HORIZON, and tell the risk of everybody now; returns the model.

    None, and nothing is changed, where too few left or too few stayed.
    """
    until = datetime.combine(today, time(), UTC)
    past = await churn_features.observations(session, until - HORIZON, HORIZON)
    left = np.array([one.left for one in past], dtype=bool)
    if min(int(left.sum()), int((~left).sum())) < FEWEST_OF_A_CLASS:
        return None
    fitted = fit(churn_features.FEATURES, _values(past), left)
    present = await churn_features.observations(session, until, HORIZON)
    risks = told(fitted, present)
    weights = {name: round(float(w), 6) for name, w in zip(fitted.names, fitted.weights, strict=True)}
    return await churn.keep(session, METHOD, fitted.quality, weights, risks, until=until, horizon=HORIZON)


def fit(names: Sequence[str], values: Matrix, left: Labels) -> Fitted:
    """Return the model of these customers; its quality is that for customers each fold had not seen.

    Classes are not weighted: weights would sort as well, and make every probability wrong.
    """
    model = _model()
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    unseen: Matrix = cross_val_predict(model, values, left, cv=folds, method="predict_proba")[:, 1]
    model.fit(values, left)
    scaler, regression = model[0], model[1]
    return Fitted(
        tuple(names),
        scaler.mean_,
        scaler.scale_,
        regression.coef_[0],
        float(regression.intercept_[0]),
        quality(unseen, left),
    )


def quality(probabilities: Matrix, left: Labels) -> Quality:
    """Return how well probabilities tell who left: squared error, calibration by tenths, ranking."""
    groups = [calibration for calibration in _calibration(probabilities, left) if calibration.customers]
    error = sum(one.customers * abs(one.predicted - one.observed) for one in groups) / len(left)
    rate = float(left.mean())
    return Quality(
        customers=len(left),
        churned=int(left.sum()),
        brier=float(np.mean((probabilities - left) ** 2)),
        brier_of_rate=rate * (1 - rate),
        calibration_error=error,
        auc=float(roc_auc_score(left, probabilities)),
        calibration=tuple(groups),
    )


def told(fitted: Fitted, present: Sequence[Observation]) -> list[Risk]:
    """Return the risk of each customer, with the features that move it most."""
    if not present:
        return []
    values = _values(present)
    probabilities, contributions = fitted.probability(values), fitted.contributions(values)
    return [
        Risk(one.customer_id, float(probabilities[n]), _reasons(fitted, values[n], contributions[n]))
        for n, one in enumerate(present)
    ]


def _model() -> Pipeline:
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1_000))


def _reasons(fitted: Fitted, values: Matrix, contributions: Matrix) -> tuple[Reason, ...]:
    strongest = [int(n) for n in np.argsort(-np.abs(contributions), kind="stable")[:REASONS]]
    return tuple(
        Reason(fitted.names[n], float(values[n]), float(fitted.usual[n]), float(contributions[n]))
        for n in strongest
        if contributions[n] != 0
    )


def _calibration(probabilities: Matrix, left: Labels) -> list[Calibration]:
    """Return groups of equal width: of those told 0 to 10 %, so many left, and so on."""
    group = np.minimum((probabilities * GROUPS).astype(int), GROUPS - 1)
    found = []
    for number in range(GROUPS):
        chosen = group == number
        count = int(chosen.sum())
        predicted = float(probabilities[chosen].mean()) if count else 0.0
        observed = float(left[chosen].mean()) if count else 0.0
        found.append(Calibration(count, predicted, observed))
    return found


def _values(observations: Sequence[Observation]) -> Matrix:
    return np.array([one.values for one in observations], dtype=float).reshape(len(observations), -1)
