"""Is the story told in the same chapters on both floors?"""

from tests.house.sources import ROOT, python_files

CHAPTERS = (
    "customers",
    "journeys",
    "touchpoints",
    "interactions",
    "feedback",
    "metrics",
    "insights",
    "initiatives",
    "loops",
)
BESIDE_THE_CHAPTERS = {
    "access": "the keys of programs",
    "events": "the closed registry of what can happen",
    "ground": "what at least two chapters use",
    "webhooks": "what other systems are told, and what they tell",
    "reactions": "which event calls which write of a later chapter",
}


def modules(floor: str) -> set[str]:
    inside = {path.parts[1].removesuffix(".py") for path in python_files(floor)}
    return inside - {"__init__"}


def test_every_chapter_of_service_has_its_twin_in_schema_and_the_other_way_round() -> None:
    assert modules("service") & set(CHAPTERS) == modules("schema") & set(CHAPTERS)


def test_service_holds_chapters_and_little_else() -> None:
    assert modules("service") <= set(CHAPTERS) | set(BESIDE_THE_CHAPTERS)


def test_the_import_contracts_know_every_chapter_in_order() -> None:
    contracts = (ROOT / "pyproject.toml").read_text()
    listed = "\n".join(f'    "({chapter})",' for chapter in reversed(CHAPTERS))

    assert contracts.count(listed) == 2
