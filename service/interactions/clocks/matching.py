"""Which policy applies to a matter? The first, in their order, all of whose conditions it meets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from service.interactions.clocks.tables import SlaCriterion

Traits = Mapping[SlaCriterion, str | None]
"""What policies look at, of one matter."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A policy that may apply; values of one criterion are alternatives, without any it always matches."""

    policy_id: UUID
    edition_id: UUID
    calendar_edition_id: UUID | None = None
    conditions: Mapping[SlaCriterion, frozenset[str]] = field(default_factory=dict)

    def matches(self, traits: Traits) -> bool:
        """Tell whether a matter meets all conditions."""
        return all(traits.get(criterion) in values for criterion, values in self.conditions.items())


def first_match(offers: Iterable[Offer], traits: Traits) -> Offer | None:
    """Return the first policy that a matter meets, None if there is none."""
    return next((offer for offer in offers if offer.matches(traits)), None)


def conditions_from(pairs: Sequence[tuple[str, str]]) -> Mapping[SlaCriterion, frozenset[str]]:
    """Return conditions by criterion, from the pairs of criterion and value as they are stored."""
    criteria = {SlaCriterion(criterion) for criterion, _ in pairs}
    return {one: frozenset(value for name, value in pairs if name == one) for one in criteria}
