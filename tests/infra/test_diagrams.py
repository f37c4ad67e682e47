"""Does the page of the closed loop show the machines as they are?"""

import re

from infra.diagrams import CHAPTERS, page
from tests.house.sources import ROOT

PAGE = ROOT / "docs" / "loop.md"


def test_the_committed_page_is_drawn_from_the_machines() -> None:
    assert PAGE.read_text() == page(), "run `make states` and review what changed"


def test_every_state_of_the_loop_is_on_the_page() -> None:
    drawn = set(re.findall(r"[A-Z_]{4,}", PAGE.read_text()))

    for chapter in CHAPTERS:
        states = {str(state) for step in chapter.machine.steps for state in (step.source, step.target)}
        assert states <= drawn, chapter.title
