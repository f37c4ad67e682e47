"""Does the bill of materials name what the image holds, and nothing else?"""

from importlib.metadata import distribution

from tests.image.bill import BILL, packages, written
from tests.image.rehearsal import locked


def test_the_bill_is_made_from_today_s_lock() -> None:
    assert BILL.read_text() == written()


def test_the_bill_names_each_package_of_the_image_at_its_version_and_no_other() -> None:
    assert packages() == {name: distribution(name).version for name in locked()}
