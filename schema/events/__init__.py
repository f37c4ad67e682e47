"""What can be learned of what happened? The feed of changes, and subscriptions to what happens next."""

from schema.events import queries, subscriptions, types

__all__ = ["queries", "subscriptions", "types"]
