"""Does a change of the audit log show, whatever was changed?"""

import pytest

from infra.database import Database
from infra.verbs.verify_audit import verdict_of
from service.customers.tables import Segment
from service.ground import seals
from service.ground.actor import Actor
from service.ground.seals import Verdict
from service.ground.session import Session

NEVER_NAMED = "00000000-0000-7000-8000-000000000000"


async def deeds(database: Database, actor: Actor, *names: str) -> None:
    """Do something that is audited, once for each name."""
    for name in names:
        async with database.work(actor) as session:
            segment = session.add(Segment(key=name, name=name))
            session.emit("segment.made", segment.id)


async def sealed(database: Database, actor: Actor, *, every: bool = False) -> int:
    async with database.work(actor) as session:
        return await seals.seal(session, every=every)


async def test_entries_are_sealed_once_and_found_as_they_were_sealed(
    database: Database, actor: Actor
) -> None:
    await deeds(database, actor, "one", "two")
    assert await sealed(database, actor) == 2
    await deeds(database, actor, "three")
    assert await sealed(database, actor) == 1
    assert await sealed(database, actor) == 0

    assert await verdict_of(database, actor.as_system()) == Verdict(3, 0, None)


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit_entry SET actor = 'somebody else' WHERE tenant_id = $1 AND id = $2",
        "UPDATE audit_entry SET subjects = '{}' WHERE tenant_id = $1 AND id = $2",
        "UPDATE audit_entry SET occurred_at = 'yesterday' WHERE tenant_id = $1 AND id = $2",
        "DELETE FROM audit_entry WHERE tenant_id = $1 AND id = $2",
        "DELETE FROM audit_seal WHERE tenant_id = $1 AND id = $2",
        "UPDATE audit_seal SET hash = sha256('x') WHERE tenant_id = $1 AND id = $2",
    ],
)
async def test_whatever_is_changed_shows(database: Database, actor: Actor, tampering: str) -> None:
    await deeds(database, actor, "one", "two", "three")
    await sealed(database, actor)
    entries = "SELECT id FROM audit_entry WHERE tenant_id = $1 ORDER BY id"
    _, second, _ = [row["id"] for row in await database.pool.fetch(entries, actor.tenant_id)]
    await database.pool.execute(tampering, actor.tenant_id, second)
    verdict = await verdict_of(database, actor.as_system())

    assert verdict.sealed == 1
    assert verdict.broken is not None


async def test_an_entry_that_commits_after_later_ones_were_sealed_is_sealed_then(
    database: Database, actor: Actor
) -> None:
    async with database.work(actor) as slow:
        segment = slow.add(Segment(key="slow", name="slow"))
        slow.emit("segment.made", segment.id)
        slow.sign("slow")
        await slow.flush()
        await deeds(database, actor, "quick")
        assert await sealed(database, actor) == 1
    assert await sealed(database, actor) == 1

    assert await verdict_of(database, actor.as_system()) == Verdict(2, 0, None)


async def test_an_entry_slipped_in_afterwards_shows_as_one_without_a_seal(
    database: Database, actor: Actor
) -> None:
    await deeds(database, actor, "one")
    await sealed(database, actor)
    forged = (
        "INSERT INTO audit_entry (tenant_id, id, action, actor, actor_kind, subjects, occurred_at) "
        "VALUES ($1, $2, 'customerErase', 'somebody', 'HUMAN', '{}', now() - interval '1 day')"
    )
    await database.pool.execute(forged, actor.tenant_id, NEVER_NAMED)
    await sealed(database, actor)

    assert await verdict_of(database, actor.as_system()) == Verdict(1, 1, None)


async def test_what_is_refused_is_not_audited(database: Database, actor: Actor) -> None:
    async def refused(session: Session) -> None:
        segment = session.add(Segment(key="one", name="one"))
        session.emit("segment.made", segment.id)
        session.discard()

    async with database.work(actor) as session:
        await refused(session)

    count = "SELECT count(*) FROM audit_entry WHERE tenant_id = $1"
    assert await database.pool.fetchval(count, actor.tenant_id) == 0
