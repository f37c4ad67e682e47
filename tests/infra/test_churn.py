"""Is the risk of leaving calibrated, explained, and told only where there is something to learn from?"""

import csv
import gzip
import math
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO
from uuid import UUID

import numpy as np
import pytest

from infra.analysis import churn
from infra.analysis.churn import HORIZON, Labels, Matrix, fit, quality, told
from infra.database import Database
from service.customers import merges
from service.customers.tables import Customer, LifecycleChange, LifecycleStage
from service.ground.actor import Actor
from service.ground.keys import uuid7
from service.ground.session import Session
from service.insights.churn_features import FEATURES, Observation, observations
from service.insights.churn_tables import ChurnModel, ChurnRisk
from service.interactions.tables import ContactReason, Interaction, ReasonKind
from service.touchpoints.tables import Channel
from tests.ground import Answering
from tests.service.published_series import DATA

TODAY = date(2026, 6, 1)
MIDNIGHT = datetime.combine(TODAY, time(), UTC)
BEFORE = MIDNIGHT - HORIZON
RISKS = """
{
  churnRisks(first: 1) {
    nodes {
      probability
      customer { displayName churnRisk { probability } }
      reasons { feature value usual contribution }
      model { horizonDays customers churned brier brierOfRate calibrationError auc calibration { customers } }
    }
  }
}
"""


def rows_of(name: str) -> list[dict[str, str]]:
    text = gzip.decompress((DATA / name).read_bytes()).decode()
    return list(csv.DictReader(StringIO(text)))


def telephone() -> tuple[list[str], Matrix, Labels]:
    """The measures of the real operator, each customer once."""
    rows = list({tuple(row.values()): row for row in rows_of("iranian_churn.csv.gz")}.values())
    names = [name for name in rows[0] if name != "Churn"]
    values = np.array([[float(row[name]) for name in names] for row in rows])
    return names, values, np.array([row["Churn"] == "1" for row in rows])


def benchmark() -> tuple[list[str], Matrix, Labels]:
    """The benchmark, with one column for each value of what is no number."""
    rows = rows_of("telco_churn.csv.gz")
    numbers = ["tenure", "MonthlyCharges", "TotalCharges"]
    kinds = [name for name in rows[0] if name not in {"customerID", "Churn", *numbers}]
    values = [(name, value) for name in kinds for value in sorted({row[name] for row in rows})]
    columns = [[float(row[name].strip() or 0) for name in numbers] for row in rows]
    flags = [[float(row[name] == value) for name, value in values] for row in rows]
    named = [*numbers, *(f"{name} {value}" for name, value in values)]
    return named, np.hstack([columns, flags]), np.array([row["Churn"] == "Yes" for row in rows])


def test_quality_is_what_the_definitions_say() -> None:
    found = quality(np.array([0.9, 0.8, 0.2, 0.1]), np.array([True, False, False, False]))

    # Errors .1, .8, .2 and .1, each in a group of its own; nobody who stayed ranks above who left.
    assert found.brier == pytest.approx((0.01 + 0.64 + 0.04 + 0.01) / 4)
    assert found.brier_of_rate == pytest.approx(0.25 * 0.75)
    assert found.calibration_error == pytest.approx((0.1 + 0.8 + 0.2 + 0.1) / 4)
    assert found.auc == 1
    assert [one.customers for one in found.calibration] == [1, 1, 1, 1]


def test_the_benchmark_gives_the_published_quality() -> None:
    found = fit(*benchmark()).quality

    assert (found.customers, found.churned) == (7043, 1869)
    assert found.auc == pytest.approx(0.845, abs=0.002)
    assert found.brier == pytest.approx(0.135, abs=0.001)
    assert found.calibration_error <= 0.02


def test_the_real_operator_gives_the_measured_quality() -> None:
    found = fit(*telephone()).quality

    assert (found.customers, found.churned) == (2850, 446)
    assert found.auc == pytest.approx(0.933, abs=0.003)
    assert found.brier < found.brier_of_rate * 0.65


def test_a_complaint_moves_the_risk_of_the_real_operator_most_of_all_events() -> None:
    names, values, left = telephone()
    found = fit(names, values, left)

    assert found.weights[names.index("Complains")] > 0.5
    complained = values[:, names.index("Complains")] == 1
    assert found.probability(values[complained]).mean() == pytest.approx(left[complained].mean(), abs=0.02)


def test_reasons_are_the_strongest_contributions_to_the_log_odds() -> None:
    names, values, left = telephone()
    found = fit(names, values, left)
    (risk,) = told(found, [Observation(uuid7(), tuple(values[0]), left=False)])

    contributions = found.contributions(values[:1])[0]
    assert [abs(one.contribution) for one in risk.reasons] == sorted(map(abs, contributions), reverse=True)[
        :3
    ]
    odds = math.log(risk.probability / (1 - risk.probability))
    assert odds == pytest.approx(contributions.sum() + found.intercept)


def known_customer(session: Session, name: str, *, left_at: datetime | None = None) -> UUID:
    long_ago = MIDNIGHT - timedelta(days=300)
    stage = LifecycleStage.CHURNED if left_at else LifecycleStage.ACTIVE
    row = session.add(
        Customer(display_name=name, lifecycle_stage=stage, created_at=long_ago, updated_at=long_ago)
    )
    if left_at:
        left = LifecycleStage.CHURNED
        session.add(LifecycleChange(customer_id=row.id, stage=left, actor="crm", changed_at=left_at))
    return row.id


def complain(session: Session, reason_id: UUID, customer_id: UUID, at: datetime) -> None:
    session.add(
        Interaction(
            source="desk",
            key=str(uuid7()),
            customer_id=customer_id,
            contact_reason_id=reason_id,
            channel=Channel.PHONE,
            opened_at=at,
            last_event_at=at,
        )
    )


def settle(session: Session, *, leavers: int, stayers: int) -> None:
    """Nine of ten who left had complained, one of ten who stayed; one complains now."""
    kind = ReasonKind.COMPLAINT
    reason = session.add(ContactReason(key="fees", name="Fees", kind=kind, valid_from=BEFORE)).id
    earlier = BEFORE - timedelta(days=20)
    for number in range(leavers):
        one = known_customer(session, f"Left {number}", left_at=BEFORE + timedelta(days=30))
        if number % 10:
            complain(session, reason, one, earlier)
    for number in range(stayers):
        one = known_customer(session, f"Stayed {number}")
        if number % 10 == 0:
            complain(session, reason, one, earlier)
    complain(session, reason, known_customer(session, "Complains now"), MIDNIGHT - timedelta(days=5))


async def test_who_complains_now_has_the_highest_risk_and_the_reason_says_so(
    database: Database, actor: Actor, ask: Answering
) -> None:
    async with database.work(actor) as session:
        settle(session, leavers=60, stayers=100)
    async with database.work(actor) as session:
        await churn.run(session, TODAY)

    (found,) = (await ask(RISKS))["churnRisks"]["nodes"]

    assert found["customer"] == {
        "displayName": "Complains now",
        "churnRisk": {"probability": found["probability"]},
    }
    assert found["probability"] > 0.6
    assert {reason["feature"] for reason in found["reasons"]} >= {"complaints", "days_since_contact"}
    model = found["model"]
    assert (model["horizonDays"], model["customers"], model["churned"]) == (90, 161, 60)
    assert model["brier"] < model["brierOfRate"]
    assert model["auc"] > 0.8
    assert sum(group["customers"] for group in model["calibration"]) == 161


async def test_who_has_left_has_no_risk(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        settle(session, leavers=60, stayers=100)
    async with database.work(actor) as session:
        await churn.run(session, TODAY)

    async with database.work(actor) as session:
        risks = {row.customer_id for row in await session.find(ChurnRisk)}
        active = await session.find(Customer, lifecycle_stage=LifecycleStage.ACTIVE)
    assert risks == {row.id for row in active}


async def test_too_few_who_left_teach_nothing(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        settle(session, leavers=29, stayers=100)
    async with database.work(actor) as session:
        assert await churn.run(session, TODAY) is None

    async with database.work(actor) as session:
        assert await session.find(ChurnModel) == []
        assert await session.find(ChurnRisk) == []


async def test_estimating_anew_keeps_the_ids_of_risks(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        settle(session, leavers=60, stayers=100)
    found = []
    for _ in range(2):
        async with database.work(actor) as session:
            await churn.run(session, TODAY)
            found.append({(row.id, row.customer_id) for row in await session.find(ChurnRisk)})

    assert found[0] == found[1]


async def test_what_is_known_of_a_customer_ends_with_the_day(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        settle(session, leavers=1, stayers=0)
    async with database.work(actor) as session:
        known = await observations(session, BEFORE, HORIZON)

    (left,) = [one for one in known if one.left]
    values = dict(zip(FEATURES, left.values, strict=True))
    assert (values["contacts"], values["complaints"], values["tenure_days"]) == (0, 0, 210)
    assert (values["mean_merit"], values["days_since_contact"]) == (0.5, 365)
    assert [one.values[0] for one in known if not one.left] == [0]


async def test_customers_with_a_risk_each_can_be_merged(database: Database, actor: Actor) -> None:
    async with database.work(actor) as session:
        settle(session, leavers=60, stayers=100)
    async with database.work(actor) as session:
        await churn.run(session, TODAY)
        one, other = [row.customer_id for row in (await session.find(ChurnRisk))[:2]]
    async with database.work(actor) as session:
        await merges.merge(session, one, other, "The same person.")

    async with database.work(actor) as session:
        kept = {row.customer_id for row in await session.find(ChurnRisk)}
        now = {seen.customer_id for seen in await observations(session, MIDNIGHT, HORIZON)}
    assert {one, other} <= kept
    assert one in now
    assert other not in now
