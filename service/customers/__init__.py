"""Who are they? Customers and accounts, their names elsewhere, their segments and lifecycle, and merges."""

from service.customers import consents, privacy
from service.customers.merges import merge, unmerge
from service.customers.references import CustomerRef, ExternalName, find_all, require
from service.customers.writes import AccountPatch, CustomerPatch, account_upsert, upsert, upsert_all

__all__ = [
    "AccountPatch",
    "CustomerPatch",
    "CustomerRef",
    "ExternalName",
    "account_upsert",
    "consents",
    "find_all",
    "merge",
    "privacy",
    "require",
    "unmerge",
    "upsert",
    "upsert_all",
]
