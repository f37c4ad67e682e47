"""Is every read one statement that says what was asked?"""

from tests.ground import Answering


async def test_an_empty_tenant_has_no_customers(ask: Answering) -> None:
    assert await ask("{customers{totalCount nodes{id}}}") == {"customers": {"totalCount": 0, "nodes": []}}
