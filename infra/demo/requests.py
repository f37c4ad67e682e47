"""Which public mutation takes rows of which kind? One request a portion, or a thing of a catalogue."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.demo.rows import Row
from infra.demo.tenants import Kind, batches

Input = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One mutation to send: its field, its input and how many rows that is."""

    field: str
    sent: Input
    rows: int

    @property
    def document(self) -> str:
        """The request's document: the answer is what can go wrong, row by row where there are rows."""
        batch = self.field.endswith(("BatchUpsert", "Import"))
        return document(self.field, "results { index userErrors { message field } }" if batch else "")


def document(field: str, answer: str) -> str:
    """Returns the document of one mutation, whose input goes as a variable."""
    type_ = f"{field[0].upper()}{field[1:]}Input"
    payload = f"{{ userErrors {{ message field }} {answer} }}"
    return f"mutation($input: {type_}!) {{ {field}(input: $input) {payload} }}"


def calls(kind: Kind, rows: Iterable[Row]) -> Iterator[Call]:
    """Yields the requests that bring rows of one kind, in an order in which they can be sent."""
    return CALLS[kind](rows)


def _batched(
    field: str, name: str, shape: Callable[[Any], Input]
) -> Callable[[Iterable[Row]], Iterator[Call]]:
    def portions(rows: Iterable[Row]) -> Iterator[Call]:
        for batch in batches(rows):
            yield Call(field, {name: [shape(row) for row in batch]}, len(batch))

    return portions


def _singly(field: str) -> Callable[[Iterable[Row]], Iterator[Call]]:
    return lambda rows: (Call(field, dict(row), 1) for row in rows)


def _as_it_is(row: Any) -> Input:  # noqa: ANN401 - a row of any kind
    return {**row}


def _customer(row: Any) -> Input:  # noqa: ANN401 - a customer's row
    first, *others = row["externalIds"]
    rest = {name: value for name, value in row.items() if name != "externalIds"}
    return {"match": {"externalId": first}, "externalIds": others, **rest}


CALLS: Mapping[Kind, Callable[[Iterable[Row]], Iterator[Call]]] = {
    Kind.TEAM: _batched("teamBatchUpsert", "teams", _as_it_is),
    Kind.CONTACT_REASON: _batched("contactReasonBatchUpsert", "contactReasons", _as_it_is),
    Kind.SURVEY: _singly("surveyUpsert"),
    Kind.TOUCHPOINT: _singly("touchpointUpsert"),
    Kind.CUSTOMER: _batched("customerBatchUpsert", "customers", _customer),
    Kind.INTERACTION: _batched("interactionImport", "interactions", _as_it_is),
    Kind.FEEDBACK: _batched("feedbackImport", "feedback", _as_it_is),
}
