"""Does the page about clients show the programs that are run, and all of them?"""

import re
from pathlib import Path

from tests.house.sources import ROOT, text, tracked

PAGE = Path("docs/clients.md")
EXAMPLES = Path("tests/clients")
QUOTED = re.compile(r"^<!-- (\S+) -->\n```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BESIDE = {"tsconfig.json", "package.json", "package-lock.json", "conftest.py", "__init__.py"}
LANGUAGES = {".ts": "ts", ".py": "python", ".json": "json"}


def test_every_example_stands_on_the_page_as_it_is_run() -> None:
    quoted = {Path(path): (language, code) for path, language, code in QUOTED.findall(text(PAGE))}

    for path, (language, code) in quoted.items():
        assert code == text(path), path
        assert language == LANGUAGES[path.suffix], path
    assert set(quoted) == examples()


def examples() -> set[Path]:
    ours = (path for path in tracked() if EXAMPLES in path.parents and (ROOT / path).exists())
    return {
        path
        for path in ours
        if path.suffix in LANGUAGES and path.name not in BESIDE and not path.name.startswith("test_")
    }
