"""Does a change of the audit log show, whatever was changed?"""

import pytest
from asyncpg import InsufficientPrivilegeError

from infra.database import Database, opened
from infra.roles import APP, RELAY
from infra.verbs.verify_audit import verdict_of
from service.customers.tables import Segment
from service.ground import seals
from service.ground.actor import Actor
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

    verdict = await verdict_of(database, actor.as_system())
    assert (verdict.sealed, verdict.unsealed, verdict.broken) == (3, 0, None)


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


async def test_cutting_the_end_off_shows_to_who_noted_the_head(database: Database, actor: Actor) -> None:
    await deeds(database, actor, "one", "two")
    await sealed(database, actor)
    noted = (await verdict_of(database, actor.as_system())).head
    await deeds(database, actor, "three")
    await sealed(database, actor)
    grown = await verdict_of(database, actor.as_system(), noted)
    cutting = """DELETE FROM {0} WHERE tenant_id = $1 AND id NOT IN
        (SELECT id FROM audit_seal WHERE tenant_id = $1 AND number < 2)"""
    for table in ("audit_entry", "audit_seal"):
        await database.pool.execute(cutting.format(table), actor.tenant_id)

    assert grown.is_sound
    assert grown.head != noted
    assert (await verdict_of(database, actor.as_system())).is_sound
    cut = await verdict_of(database, actor.as_system(), noted)
    assert (cut.sealed, cut.broken, cut.is_cut, cut.is_sound) == (1, None, True, False)


@pytest.mark.parametrize("role", [APP, RELAY])
@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit_entry SET actor = 'somebody else'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "UPDATE audit_seal SET hash = sha256('x')",
        "DELETE FROM audit_seal",
        "TRUNCATE audit_seal",
    ],
)
async def test_the_service_itself_can_change_and_remove_nothing(
    database: Database, database_url: str, actor: Actor, role: str, tampering: str
) -> None:
    await deeds(database, actor, "one")
    await sealed(database, actor)
    async with opened(database_url, role=role, largest=1) as service:
        with pytest.raises(InsufficientPrivilegeError):
            await service.within(actor.tenant_id, tampering)

    assert (await verdict_of(database, actor.as_system())).sealed == 1


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

    verdict = await verdict_of(database, actor.as_system())
    assert (verdict.sealed, verdict.unsealed, verdict.broken) == (2, 0, None)


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

    verdict = await verdict_of(database, actor.as_system())
    assert (verdict.sealed, verdict.unsealed, verdict.broken) == (1, 1, None)


async def test_what_is_refused_is_not_audited(database: Database, actor: Actor) -> None:
    async def refused(session: Session) -> None:
        segment = session.add(Segment(key="one", name="one"))
        session.emit("segment.made", segment.id)
        session.discard()

    async with database.work(actor) as session:
        await refused(session)

    count = "SELECT count(*) FROM audit_entry WHERE tenant_id = $1"
    assert await database.pool.fetchval(count, actor.tenant_id) == 0
