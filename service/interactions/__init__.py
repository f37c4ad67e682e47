"""What did customers get in touch about? Matters with their ledgers, contact reasons, teams, clocks."""

from service.interactions import clocks
from service.interactions.catalogue import (
    ReasonPatch,
    TeamPatch,
    reason_upsert,
    reason_upsert_all,
    team_upsert,
    team_upsert_all,
)
from service.interactions.imports import PastEntry, PastMatter, import_all
from service.interactions.ledger import rebuild
from service.interactions.passages import Passage, PassageKind
from service.interactions.passages import record as record_passage
from service.interactions.references import NOTHING, Named, Refs
from service.interactions.writes import (
    Correction,
    Matter,
    Message,
    add_message,
    assign,
    correct,
    log,
    transition,
)

__all__ = [
    "NOTHING",
    "Correction",
    "Matter",
    "Message",
    "Named",
    "Passage",
    "PassageKind",
    "PastEntry",
    "PastMatter",
    "ReasonPatch",
    "Refs",
    "TeamPatch",
    "add_message",
    "assign",
    "clocks",
    "correct",
    "import_all",
    "log",
    "reason_upsert",
    "reason_upsert_all",
    "rebuild",
    "record_passage",
    "team_upsert",
    "team_upsert_all",
    "transition",
]
