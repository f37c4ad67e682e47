"""Do pages follow each other without gap or repetition, and are wrong ones refused?"""

from typing import Any

import pytest

from tests.ground import Answering
from tests.schema.conftest import OLDEST_FIRST, People

PAGE = f"""query($first:Int,$after:String,$last:Int,$before:String) {{
    customers(first:$first,after:$after,last:$last,before:$before,{OLDEST_FIRST}) {{
        edges{{cursor node{{id}}}} pageInfo{{hasNextPage hasPreviousPage startCursor endCursor}} }} }}"""


def _page(found: dict[str, Any]) -> tuple[list[str], bool, bool]:
    page = found["customers"]
    edges = page["edges"]
    info = page["pageInfo"]
    assert info["startCursor"] == (edges[0]["cursor"] if edges else None)
    assert info["endCursor"] == (edges[-1]["cursor"] if edges else None)
    return [edge["node"]["id"] for edge in edges], info["hasPreviousPage"], info["hasNextPage"]


async def test_pages_follow_each_other_forwards(ask: Answering, people: People) -> None:
    first = await ask(PAGE, first=2)
    cursor = first["customers"]["pageInfo"]["endCursor"]
    assert _page(first) == ([people.ada, people.bob], False, True)
    assert _page(await ask(PAGE, first=2, after=cursor)) == ([people.eve], True, False)


async def test_pages_follow_each_other_backwards(ask: Answering, people: People) -> None:
    last = await ask(PAGE, last=2)
    cursor = last["customers"]["pageInfo"]["startCursor"]
    assert _page(last) == ([people.bob, people.eve], True, False)
    assert _page(await ask(PAGE, last=2, before=cursor)) == ([people.ada], False, True)


async def test_two_cursors_bound_a_page_from_both_sides(ask: Answering, people: People) -> None:
    edges = (await ask(PAGE))["customers"]["edges"]
    after, before = edges[0]["cursor"], edges[2]["cursor"]
    assert _page(await ask(PAGE, after=after, before=before))[0] == [people.bob]
    assert _page(await ask(PAGE, last=1, after=after, before=before))[0] == [people.bob]


async def test_a_page_beyond_the_end_is_empty_but_tells_what_precedes(ask: Answering, people: People) -> None:
    end = (await ask(PAGE))["customers"]["pageInfo"]["endCursor"]
    assert _page(await ask(PAGE, after=end)) == ([], True, False)


@pytest.mark.parametrize(
    ("variables", "argument"),
    [
        ({"first": 0}, "first"),
        ({"first": 101}, "first"),
        ({"last": -1}, "last"),
        ({"first": 1, "last": 1}, "last"),
        ({"after": "no cursor"}, "after"),
        ({"before": ""}, "before"),
        ({"after": "8J-YgA"}, "after"),
    ],
)
async def test_a_wrong_page_is_refused(
    answer: Answering, people: People, variables: dict[str, object], argument: str
) -> None:
    found = await answer(PAGE, **variables)
    assert found["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT", "argument": [argument]}


async def test_a_cursor_fits_one_order_only(answer: Answering, ask: Answering, people: People) -> None:
    cursor = (await ask("{customers{pageInfo{endCursor}}}"))["customers"]["pageInfo"]["endCursor"]
    found = await answer(PAGE, after=cursor)
    assert "CREATED_AT.DESC" in found["errors"][0]["message"]


async def test_a_count_is_the_count_of_all_pages(ask: Answering, people: People) -> None:
    found = await ask("{customers(first:1,filter:{lifecycleStage:[ACTIVE]}){totalCount nodes{id}}}")
    assert found["customers"]["totalCount"] == 2
    assert len(found["customers"]["nodes"]) == 1


@pytest.mark.parametrize("asked", ["__typename", "hasPreviousPage", "hasNextPage"])
async def test_a_page_may_be_asked_for_its_place_alone(ask: Answering, people: People, asked: str) -> None:
    expected = {"__typename": "PageInfo", "hasPreviousPage": False, "hasNextPage": True}
    for source in ("{customers(first:2){pageInfo{%s}}}", "{customers(first:2){__typename pageInfo{%s}}}"):
        found = await ask(source % asked)
        assert found["customers"]["pageInfo"] == {asked: expected[asked]}
