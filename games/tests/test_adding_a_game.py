"""docs/adding-a-game.md, taken at its word: what it says is built in a copy of the project, tried, and played."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "adding-a-game.md"
#: A line that ends by naming a file, then the code that goes there.
BLOCK = re.compile(r"^[^\n]*`([\w/.]+\.(?:py|html))`[^`\n]*:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: Where the lines for a file that is there already go: after the line that begins so.
PLACES = {"games/engines/__init__.py": "_PLACES", "games/tests/samples.py": "SAMPLES: dict"}
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "node_modules", "staticfiles", "test-results")


def blocks() -> dict[str, str]:
    """Path to code, as the guide has it."""
    return dict(BLOCK.findall(GUIDE.read_text(encoding="utf-8")))


def test_the_guide_needs_less_than_a_hundred_lines_in_a_folder_a_line_and_templates():
    code = [line for text in blocks().values() for line in text.splitlines() if line.strip()]
    assert len(code) < 100
    assert [path for path in blocks() if (ROOT / path).exists()] == list(PLACES)
    assert len(blocks()["games/engines/__init__.py"].splitlines()) == 1


@pytest.mark.slow
def test_what_the_guide_says_makes_a_game_that_keeps_the_contract_and_is_played(tmp_path):
    copy = tmp_path / "quantix"
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    for path, text in blocks().items():
        write(copy / path, text, after=PLACES.get(path))
    shutil.copy(Path(__file__).with_name("played_higher_lower.py"), copy / "games/tests/test_played.py")
    run(copy, "-m", "ruff", "check", "games/engines")
    run(copy, "-m", "ruff", "format", "--check", "games/engines/puzzle/higher_lower.py")
    contract = run(copy, "-m", "pytest", "-q", "games/tests/test_engine_contract.py", "-k", "higher_lower")
    assert " passed" in contract and "failed" not in contract
    run(copy, "-m", "pytest", "-q", "games/tests/test_played.py")


def write(file: Path, text: str, after: str | None) -> None:
    """A new file; or into one that is there, after the line that begins with `after`."""
    if after is None:
        file.write_text(text, encoding="utf-8")
        return
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if line.startswith(after))
    file.write_text("".join([*lines[: at + 1], text, *lines[at + 1 :]]), encoding="utf-8")


def run(copy: Path, *command: str) -> str:
    """Run a module of Python in the copy, on this database server, with a database of its own."""
    own = {"DATABASE_URL": settings.DATABASE_URL, "TEST_RUN": f"_guide_{os.getpid()}"}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, *command],
        check=False,
        cwd=copy,
        env=inherited | own,
        capture_output=True,
        text=True,
        timeout=540,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    return done.stdout
