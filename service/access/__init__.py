"""Which programs may act for a tenant? Their keys: made, replaced and revoked, and never shown again."""

from service.access.writes import NewKey, create, revoke, rotate

__all__ = ["NewKey", "create", "revoke", "rotate"]
