"""Are the published numbers what was measured, and are ratios read the right way round?"""

import pytest

from tests.bench.load import Measured
from tests.bench.operations import OPERATIONS
from tests.bench.peers import plain
from tests.bench.report import BEGIN, END, PAGE, Medians, medians, ratio, rendered, written
from tests.bench.rounds import LIMIT, OURS, PEER, Result
from tests.bench.series import Population

CUSTOMER = OPERATIONS[0]
INGEST = OPERATIONS[-1]


def result(
    contender: str, rate: float, *, operation: str = "customer", cpu_us: float | None = None
) -> Result:
    return Result(operation, 16, contender, Measured(rate, 1.0, 2.0, cpu_us))


def test_the_middle_round_counts_and_not_the_mean() -> None:
    found = medians([result(OURS, rate) for rate in (1000, 10, 1100)])

    assert found[("customer", 16, OURS)].requests_per_second == 1000


def test_what_the_system_does_not_tell_stays_unknown() -> None:
    found = medians([result(OURS, 10), result(OURS, 20, cpu_us=50.0)])

    assert found[("customer", 16, OURS)].cpu_us == 50.0
    assert medians([result(OURS, 10)])[("customer", 16, OURS)].cpu_us is None


def test_a_ratio_says_how_many_times_as_much_the_first_does() -> None:
    slow, fast = (Medians(rate, None, None, None, 0) for rate in (100.0, 400.0))

    assert ratio(fast, slow) == 4.0
    assert ratio(slow, fast) == 0.25
    assert ratio(fast, None) is None


def test_a_table_has_a_row_for_each_number_of_connections() -> None:
    found = medians([result(LIMIT, 2000), result(OURS, 1500, cpu_us=120.0)])

    table = rendered(found, [CUSTOMER], {OURS: 48.4}, "On a quiet day.")

    assert "| one customer, 8 fields, by id | 16 | 2,000 | 1,500 | 0.75 |" in table
    assert "| one customer, 8 fields, by id | 16 | 1.00 | 2.00 | 120 |" in table
    assert "cxgraph 48 MB" in table
    assert PEER not in table


def test_a_batch_is_counted_in_rows() -> None:
    found = medians([result(LIMIT, 40, operation="ingest"), result(OURS, 10, operation="ingest")])

    table = rendered(found, [INGEST], {}, "")

    assert "| 16 | 40,000 | 10,000 | 0.25 |" in table


def test_a_peer_that_was_not_measured_in_an_operation_leaves_a_gap() -> None:
    found = medians([result(OURS, 10, operation="ingest"), result(PEER, 500), result(OURS, 1000)])

    table = rendered(found, [CUSTOMER, INGEST], {}, "")

    assert "| 16 | - | 1,000 | - | 500 | 2.00 |" in table
    assert "| 16 | - | 10,000 | - | - | - |" in table


def test_failed_requests_are_never_hidden() -> None:
    failed = Result("customer", 64, OURS, Measured(100, failed=3))

    assert "cxgraph, customer, 64 connections: 3" in rendered(medians([failed]), [CUSTOMER], {}, "")


def test_only_what_stands_between_the_marks_is_replaced() -> None:
    page = f"before\n{BEGIN}\nold\n{END}\nafter"

    assert written(page, "new") == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter"
    with pytest.raises(ValueError, match="no place"):
        written("a page without marks", "new")


def test_the_published_page_has_a_place_for_the_numbers() -> None:
    assert written(PAGE.read_text(), "numbers")


def test_two_answers_are_equal_when_only_their_dress_differs() -> None:
    ours = {"id": "cus_018d545f-48c0-7c05-8000-000000000309", "score": {"value": 9}}
    theirs = {"only": {"id": "018d545f-48c0-7c05-8000-000000000309", "score": 9}}

    assert plain(ours) == plain(theirs)
    assert plain("2026-01-01T00:00:00.000000+00:00") == "2026-01-01T00:00:00+00:00"
    assert plain({"score": 8}) != plain({"score": {"value": 9}})


def test_the_same_things_are_asked_for_in_every_run() -> None:
    population = Population(1000, 7)

    assert CUSTOMER.numbers(population) == CUSTOMER.numbers(population)
    assert CUSTOMER.numbers(population) != CUSTOMER.numbers(Population(1000, 8))
    assert all(1 <= number <= 1000 for number in CUSTOMER.numbers(population))
