"""What may be asked, by whom, and who keeps account of it? The rules of one process, put together once."""

from dataclasses import dataclass
from typing import Final

from schema.guard.charges import FREE, Charge
from schema.guard.limits import Limits
from schema.guard.permissions import EVERYBODY, Permissions


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules that every request is held against."""

    limits: Limits
    permissions: Permissions = EVERYBODY
    charge: Charge = FREE
    discreet: bool = False
    """Whether errors neither suggest names nor repeat what the request said."""


USUAL: Final = Rules(Limits())
