"""Which rows is the speed measured on? Each column is an SQL expression over the number `n` of its row."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.sql.schema import ScalarElementColumnDefault
from sqlmodel import SQLModel

import service
from tests.bench.series import TENANT_ID, Population, Series, drawn_sql, one_of_sql

# Importing the package is what fills the metadata with the tables of every chapter.
TABLES_OF = service.__name__

CHANNELS = ("WEB", "APP", "EMAIL", "CHAT", "PHONE", "SMS", "SOCIAL", "IN_STORE")
SUBJECTS = (
    "The invoice shows an amount I do not know",
    'The parcel says "delivered", but nothing arrived',
    "I cannot sign in since the last update",
    "Please change the address on my contract",
    "The technician did not come at the agreed time",
    "How do I cancel the additional option?",
    "Refund for the order of last week is missing",
    "Thank you for the quick help yesterday",
)
WORDS = (
    "It took three calls until somebody understood what I needed.",
    'The app said "try again later" for two days, so I gave up and called.',
    "Friendly and quick. I did not expect that on a Sunday evening.",
    "I had to send the same document twice.\nNobody could tell me why.",
    "The new page for invoices is much clearer than the old one.",
    "Waiting in the queue without knowing how long is the worst part.",
)


@dataclass(frozen=True, slots=True)
class Filling:
    """The rows of one table: `count` of them, each column an SQL expression over `n`.

    A column that is left out gets its model's default, as it does when the service writes.
    """

    table: str
    count: int
    columns: Mapping[str, str]

    @property
    def sql(self) -> str:
        """The statement that inserts the rows."""
        columns = {**self._defaults(), **self.columns}
        return (
            f"INSERT INTO {self.table} ({', '.join(columns)}) "  # noqa: S608 - names and expressions of ours
            f"SELECT {', '.join(columns.values())} FROM generate_series(1, {self.count}) AS n"
        )

    def _defaults(self) -> dict[str, str]:
        found = {"tenant_id": f"'{TENANT_ID}'::uuid"}
        for column in SQLModel.metadata.tables[self.table].columns:
            if isinstance(column.default, ScalarElementColumnDefault) and not column.nullable:
                found[column.name] = _literal(column.default.arg)
        return found


def _literal(value: object) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value)


def fillings(population: Population) -> list[Filling]:
    """Returns the fillings of all tables, what is referred to first."""
    return [
        *_who(population),
        *_where(population),
        _interactions(population),
        _ledgers(population),
        _feedback(population),
        _events(population),
        *_loop(population),
    ]


def _versioned(series: Series, **columns: str) -> dict[str, str]:
    at = series.moment_sql("n")
    return {"id": series.id_sql("n"), **columns, "version": "1", "created_at": at, "updated_at": at}


def _named(word: str) -> str:
    return f"'{word} ' || lpad(n::text, 7, '0')"


def _keyed(word: str) -> str:
    return f"'{word}-' || lpad(n::text, 7, '0')"


def _who(p: Population) -> list[Filling]:
    tier = one_of_sql("n", p.salt(1), "basic", "plus", "enterprise")
    customer = _versioned(
        p.customers,
        display_name=one_of_sql("n", p.salt(2), "Ada", "Grace", "Edsger", "Barbara", "Alan", "Katherine")
        + " || ' ' || "
        + one_of_sql("n", p.salt(3), "Moreno", "Okafor", "Lindqvist", "O'Brien", "Nakamura", "Haddad")
        + " || ' ' || n",
        email="'customer-' || n || '@example.org'",
        phone=f"'+49 30 ' || (1000000 + {drawn_sql('n', p.salt(4), 8999999)})",
        locale=one_of_sql("n", p.salt(5), "de-DE", "en-GB", "fr-FR", "pt-BR"),
        time_zone=one_of_sql("n", p.salt(6), "Europe/Berlin", "Europe/London", "America/Sao_Paulo"),
        lifecycle_stage=one_of_sql("n", p.salt(7), "ONBOARDING", "ACTIVE", "ACTIVE", "ACTIVE", "AT_RISK"),
        attributes="jsonb_build_object('plan', 'gold', 'points', n % 1000)",
        account_id=p.accounts.id_sql(drawn_sql("n", p.salt(8), p.accounts.count)),
    )
    name = {
        "id": Series("1d0", p.customers.count).id_sql("n"),
        "customer_id": p.customers.id_sql("n"),
        "system": "'crm'",
        "value": _keyed("crm"),
    }
    return [
        Filling("account", p.accounts.count, _versioned(p.accounts, name=_named("Account"), tier=tier)),
        Filling("customer", p.customers.count, customer),
        Filling("customer_external_id", p.customers.count, name),
    ]


def _where(p: Population) -> list[Filling]:
    reason = _versioned(
        p.reasons,
        key=_keyed("reason"),
        name=_named("Reason"),
        kind=one_of_sql("n", p.salt(10), "QUESTION", "COMPLAINT", "REQUEST", "INCIDENT"),
        valid_from=p.reasons.moment_sql("0"),
    )
    touchpoint = _versioned(
        p.touchpoints,
        key=_keyed("touchpoint"),
        name=_named("Touchpoint"),
        channel=one_of_sql("n", p.salt(11), *CHANNELS),
        medium=one_of_sql("n", p.salt(12), "DIGITAL", "PHYSICAL", "HUMAN", "PARTNER"),
        owner=_named("Owner"),
        moment_of_truth="n % 5 = 0",
    )
    return [
        Filling("team", p.teams.count, _versioned(p.teams, key=_keyed("team"), name=_named("Team"))),
        Filling("contact_reason", p.reasons.count, reason),
        Filling("touchpoint", p.touchpoints.count, touchpoint),
        Filling("survey", p.surveys.count, _survey(p)),
        *_journey(p),
    ]


def _survey(p: Population) -> dict[str, str]:
    return _versioned(
        p.surveys,
        key=_keyed("survey"),
        name=_named("Survey"),
        kind="(ARRAY['NPS', 'CSAT', 'CES'])[n]",
        scale_min="(ARRAY[0, 1, 1])[n]",
        scale_max="(ARRAY[10, 5, 7])[n]",
        direction="'HIGHER_IS_BETTER'",
        purpose="'TRANSACTIONAL'",
        cooldown_days="30",
    )


def _journey(p: Population) -> list[Filling]:
    journey = _versioned(
        p.journeys,
        key="'onboarding'",
        edition="1",
        name="'Onboarding'",
        status="'PUBLISHED'",
        published_at=p.journeys.moment_sql("0"),
    )
    stage = {
        "id": p.stages.id_sql("n"),
        "journey_id": p.journeys.id_sql("1"),
        "position": "n",
        "key": _keyed("stage"),
        "name": _named("Stage"),
        "kind": "(ARRAY['AWARENESS', 'CONSIDERATION', 'ACQUISITION', 'ONBOARDING', 'USE'])[n]",
    }
    instance = _versioned(
        p.instances,
        customer_id=p.customers.id_sql(drawn_sql("n", p.salt(13), p.customers.count)),
        journey_id=p.journeys.id_sql("1"),
        status="'ACTIVE'",
        current_stage_id=p.stages.id_sql(drawn_sql("n", p.salt(14), p.stages.count)),
        started_at=p.instances.moment_sql("n"),
    )
    return [
        Filling("journey", p.journeys.count, journey),
        Filling("journey_stage", p.stages.count, stage),
        Filling("journey_instance", p.instances.count, instance),
    ]


def customer_of_interaction(p: Population, number: str) -> str:
    """Returns the SQL of the customer's id of the interaction with this number."""
    return p.customers.id_sql(drawn_sql(number, p.salt(20), p.customers.count))


def _interactions(p: Population) -> Filling:
    at, done = p.interactions.moment_sql("n"), "n % 4 > 0"
    columns = _versioned(
        p.interactions,
        source="'helpdesk'",
        key=_keyed("matter"),
        customer_id=customer_of_interaction(p, "n"),
        channel=one_of_sql("n", p.salt(21), *CHANNELS),
        subject=one_of_sql("n", p.salt(22), *SUBJECTS),
        status=f"CASE WHEN {done} THEN 'CLOSED' ELSE 'OPEN' END",
        priority=one_of_sql("n", p.salt(23), "LOW", "NORMAL", "NORMAL", "HIGH", "URGENT"),
        origin="'REACTIVE'",
        team_id=p.teams.id_sql(drawn_sql("n", p.salt(24), p.teams.count)),
        assignee=f"'agent-' || {drawn_sql('n', p.salt(25), 60)}",
        contact_reason_id=p.reasons.id_sql(drawn_sql("n", p.salt(26), p.reasons.count)),
        sla_met=f"CASE WHEN {done} THEN n % 9 > 0 END",
        reopen_count="(n % 20 = 0)::int",
        opened_at=at,
        first_responded_at=f"CASE WHEN {done} THEN {at} + interval '20 minutes' END",
        resolved_at=f"CASE WHEN {done} THEN {at} + interval '5 hours' END",
        closed_at=f"CASE WHEN {done} THEN {at} + interval '2 days' END",
        last_event_at=at,
        touchpoint_id=p.touchpoints.id_sql(drawn_sql("n", p.salt(27), p.touchpoints.count)),
    )
    return Filling("interaction", p.interactions.count, columns)


def _ledgers(p: Population) -> Filling:
    """One to three entries for each matter: six entries belong to three matters, with one, two and three."""
    count = p.interactions.count * 2
    matter = "((n - 1) / 6 * 3 + (ARRAY[1, 2, 2, 3, 3, 3])[1 + (n - 1) % 6])"
    position = "((ARRAY[1, 1, 2, 1, 2, 3])[1 + (n - 1) % 6])"
    at = p.interactions.moment_sql(matter)
    columns = {
        "id": Series("1ed", count).id_sql("n"),
        "interaction_id": p.interactions.id_sql(matter),
        "position": position,
        "type": f"(ARRAY['OPENED', 'MESSAGE', 'RESOLVED'])[{position}]",
        "occurred_at": f"{at} + {position} * interval '10 minutes'",
        "recorded_at": at,
        "actor": f"CASE WHEN {position} > 1 THEN 'agent-' || {drawn_sql(matter, p.salt(25), 60)} END",
        "actor_kind": f"(ARRAY['CUSTOMER', 'AGENT', 'AGENT'])[{position}]",
        "body": one_of_sql("n", p.salt(30), *WORDS),
        "visibility": "'PUBLIC'",
    }
    return Filling("interaction_event", count // 6 * 6, columns)


def _feedback(p: Population) -> Filling:
    matter = drawn_sql("n", p.salt(40), p.interactions.count)
    score = drawn_sql("n", p.salt(41), 11) + " - 1"
    category = f"CASE WHEN {score} > 8 THEN 'PROMOTER' WHEN {score} > 6 THEN 'PASSIVE' ELSE 'DETRACTOR' END"
    at = p.feedback.moment_sql("n")
    columns = {
        "id": p.feedback.id_sql("n"),
        "source": "'survey-tool'",
        "key": _keyed("answer"),
        "source_kind": "'SURVEY'",
        "kind": "'NPS'",
        "customer_id": customer_of_interaction(p, matter),
        "survey_id": p.surveys.id_sql("1"),
        "touchpoint_id": p.touchpoints.id_sql(drawn_sql("n", p.salt(42), p.touchpoints.count)),
        "interaction_id": p.interactions.id_sql(matter),
        "score": score,
        "scale_min": "0",
        "scale_max": "10",
        "direction": "'HIGHER_IS_BETTER'",
        "nps_category": category,
        "verbatim": f"CASE WHEN n % 3 > 0 THEN {one_of_sql('n', p.salt(43), *WORDS)} END",
        "channel": one_of_sql("n", p.salt(44), *CHANNELS),
        "weight": "1",
        "submitted_at": at,
        "recorded_at": at,
        "recorded_by": "'survey-tool'",
    }
    return Filling("feedback", p.feedback.count, columns)


def _events(p: Population) -> Filling:
    at = p.events.moment_sql("n")
    columns = {
        "id": p.events.id_sql("n"),
        "source": "'web'",
        "key": _keyed("event"),
        "type": one_of_sql("n", p.salt(50), "page_viewed", "order_placed", "parcel_delivered", "call_ended"),
        "channel": one_of_sql("n", p.salt(51), *CHANNELS),
        "customer_id": p.customers.id_sql(drawn_sql("n", p.salt(52), p.customers.count)),
        "touchpoint_id": p.touchpoints.id_sql(drawn_sql("n", p.salt(53), p.touchpoints.count)),
        "properties": "'{}'::jsonb",
        "occurred_at": at,
        "recorded_at": at,
    }
    return Filling("touchpoint_event", p.events.count, columns)


def _loop(p: Population) -> list[Filling]:
    insight = _versioned(
        p.insights,
        title=one_of_sql("n", p.salt(60), *SUBJECTS),
        summary=one_of_sql("n", p.salt(61), *WORDS),
        kind=one_of_sql("n", p.salt(62), "PAIN", "NEED", "GAIN"),
        severity=drawn_sql("n", p.salt(63), 5),
        status="'EVIDENCED'",
        owner=_named("Owner"),
    )
    # Far enough apart that no matter stands twice for the same insight.
    matter = f"(1 + (n * 61) % {p.interactions.count})"
    evidence = {
        "id": p.evidence.id_sql("n"),
        "insight_id": p.insights.id_sql(f"1 + (n - 1) % {p.insights.count}"),
        "interaction_id": p.interactions.id_sql(matter),
        "customer_id": customer_of_interaction(p, matter),
        "quote": one_of_sql("n", p.salt(64), *WORDS),
        "importance": "n % 4",
        "linked_by": "'analyst'",
        "linked_at": p.evidence.moment_sql("n"),
    }
    return [
        Filling("insight", p.insights.count, insight),
        Filling("evidence", p.evidence.count, evidence),
        *_initiatives(p),
    ]


def _initiatives(p: Population) -> list[Filling]:
    links = Series("114", p.initiatives.count * 4)
    initiative = _versioned(
        p.initiatives,
        name=_named("Initiative"),
        hypothesis=one_of_sql("n", p.salt(70), *WORDS),
        owner=_named("Owner"),
        status=one_of_sql("n", p.salt(71), "PROPOSED", "APPROVED", "ACTIVE"),
        health=one_of_sql("n", p.salt(72), "ON_TRACK", "AT_RISK", "OFF_TRACK"),
    )
    link = {
        "id": links.id_sql("n"),
        "initiative_id": p.initiatives.id_sql("1 + (n - 1) / 4"),
        "insight_id": p.insights.id_sql(f"1 + ((n - 1) / 4 * 2 + (n - 1) % 4) % {p.insights.count}"),
        "linked_at": links.moment_sql("n"),
    }
    return [
        Filling("initiative", p.initiatives.count, initiative),
        Filling("initiative_insight", links.count, link),
        *_owed(p),
    ]


def _owed(p: Population) -> list[Filling]:
    recovery = _versioned(
        p.recoveries,
        customer_id=p.customers.id_sql(drawn_sql("n", p.salt(80), p.customers.count)),
        origin="'AGENT'",
        severity=drawn_sql("n", p.salt(81), 5),
        status="'OPEN'",
        opened_at=p.recoveries.moment_sql("n"),
    )
    customer = p.customers.id_sql(f"1 + n % {p.customers.count}")
    follow_up = _versioned(
        p.follow_ups,
        customer_id=customer,
        recorded_customer_id=customer,
        initiative_id=p.initiatives.id_sql(drawn_sql("n", p.salt(82), p.initiatives.count)),
        status="'OWED'",
        owed_at=p.follow_ups.moment_sql("n"),
    )
    return [
        Filling("recovery", p.recoveries.count, recovery),
        Filling("follow_up", p.follow_ups.count, follow_up),
    ]
