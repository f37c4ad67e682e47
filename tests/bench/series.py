"""How do rows get ids and times that everybody can compute? From their numbers, in SQL and in Python alike.

The ids are UUIDv7 as the service makes them (the time first, so that indexes grow at their end), but their
random bits are the row's number. So nobody has to look an id up: a load generator computes it beforehand,
and a hand-written statement computes it from the number that pgbench drew.
"""

from dataclasses import dataclass
from uuid import UUID

FIRST_MOMENT_MS = 1_704_067_200_000
"""2024-01-01, as Unix milliseconds: the earliest moment of the data."""
SPAN_MS = 63_072_000_000
"""Two years: the data ends at the end of 2025."""
TENANT_ID = UUID("01900000-0000-7000-8000-000000000001")
TENANT_KEY = "bench"


@dataclass(frozen=True, slots=True)
class Series:
    """The rows of one table, numbered from 1 in the order of their times; `code` keeps their ids apart."""

    code: str
    count: int

    def milliseconds(self, number: int) -> int:
        """Returns the moment of a row."""
        return FIRST_MOMENT_MS + number * self._step

    def id(self, number: int) -> UUID:
        """Returns the id of a row."""
        return UUID(f"{self.milliseconds(number):012x}7{self.code}8000{number:012x}")

    def id_sql(self, number: str) -> str:
        """Returns the SQL of the id of the row whose number an SQL expression gives."""
        n = f"({number})::bigint"
        return (
            f"(lpad(to_hex({FIRST_MOMENT_MS} + {n} * {self._step}), 12, '0')"
            f" || '7{self.code}8000' || lpad(to_hex({n}), 12, '0'))::uuid"
        )

    def moment_sql(self, number: str) -> str:
        """Returns the SQL of the moment of a row."""
        return f"to_timestamp(({FIRST_MOMENT_MS} + ({number})::bigint * {self._step}) / 1000.0::float8)"

    @property
    def _step(self) -> int:
        return SPAN_MS // self.count


def drawn_sql(number: str, salt: int, count: int) -> str:
    """Returns the SQL of a number from 1 to `count`, drawn by hashing: the same for one row and salt."""
    return f"(1 + (hashint8extended(({number})::bigint, {salt}) & 9223372036854775807) % {count})"


def one_of_sql(number: str, salt: int, *choices: str) -> str:
    """Returns the SQL of one of several texts, drawn in the same way."""
    listed = ", ".join("'" + choice.replace("'", "''") + "'" for choice in choices)
    return f"(ARRAY[{listed}])[{drawn_sql(number, salt, len(choices))}]"


@dataclass(frozen=True, slots=True)
class Population:
    """How many rows of everything there are for a number of customers, and which seed draws them."""

    customer_count: int
    seed: int

    @property
    def accounts(self) -> Series:
        """One organisation for fifty customers."""
        return Series("acc", max(2, self.customer_count // 50))

    @property
    def customers(self) -> Series:
        """The customers."""
        return Series("c05", self.customer_count)

    @property
    def teams(self) -> Series:
        """Twelve teams."""
        return Series("7ea", 12)

    @property
    def reasons(self) -> Series:
        """Thirty contact reasons."""
        return Series("4ea", 30)

    @property
    def touchpoints(self) -> Series:
        """Forty touchpoints."""
        return Series("7c4", 40)

    @property
    def surveys(self) -> Series:
        """One survey of each kind."""
        return Series("5c4", 3)

    @property
    def journeys(self) -> Series:
        """One journey."""
        return Series("a04", 1)

    @property
    def stages(self) -> Series:
        """Its five stages."""
        return Series("57a", 5)

    @property
    def instances(self) -> Series:
        """Every fifth customer is on the journey."""
        return Series("a15", max(5, self.customer_count // 5))

    @property
    def interactions(self) -> Series:
        """Ten matters for each customer, on average."""
        return Series("147", self.customer_count * 10)

    @property
    def feedback(self) -> Series:
        """Five pieces of feedback for each customer, on average."""
        return Series("feb", self.customer_count * 5)

    @property
    def events(self) -> Series:
        """Twenty touchpoint events for each customer, on average."""
        return Series("e7e", self.customer_count * 20)

    @property
    def insights(self) -> Series:
        """An insight for 250 customers, at least twenty."""
        return Series("145", max(20, self.customer_count // 250))

    @property
    def evidence(self) -> Series:
        """Six pieces for each insight."""
        return Series("e1d", self.insights.count * 6)

    @property
    def initiatives(self) -> Series:
        """Half as many as insights."""
        return Series("141", self.insights.count // 2)

    @property
    def recoveries(self) -> Series:
        """Somebody tries to win every fourth customer back."""
        return Series("4ec", max(5, self.customer_count // 4))

    @property
    def follow_ups(self) -> Series:
        """Every fourth customer is owed an answer."""
        return Series("f0a", max(5, self.customer_count // 4))

    def salt(self, number: int) -> int:
        """Returns what keeps one drawn column apart from the others, and one seed from the next."""
        return self.seed * 1000 + number
