"""Are ids unique, of version 7, and in the order in which they were made?"""

from uuid import RFC_4122

from service.ground.keys import uuid7


def test_ids_sort_in_the_order_in_which_they_were_made() -> None:
    made = [uuid7() for _ in range(1_000)]

    assert sorted(made) == made
    assert len(set(made)) == 1_000


def test_an_id_says_that_it_is_of_version_7() -> None:
    assert (uuid7().version, uuid7().variant) == (7, RFC_4122)
