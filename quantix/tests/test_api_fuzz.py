"""The running site against its own OpenAPI document: whatever a client makes up, no fault, and no reply but as told.

`make fuzz` makes up more, from a seed of its own: FUZZ_EXAMPLES for each operation, FUZZ_SEED.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from accounts.services.signin import issue_api_token
from quantix.db import in_one_transaction
from quantix.tests import books, factories

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
CONFIG = Path(__file__).with_name("schemathesis.toml")
EXAMPLES, SEED = os.environ.get("FUZZ_EXAMPLES", "6"), os.environ.get("FUZZ_SEED", "1")


@pytest.fixture
def people():
    """A player and an owner, amid games to play and a session of the player's."""
    player, owner = factories.make_player("5000.00"), factories.make_staff("owner")
    quiz, puzzle = factories.make_quiz(bank=40), factories.make_codebreaker()
    factories.make_event()
    for game in (quiz, puzzle):
        factories.start(player, game)
    return {"player": player, "owner": owner}


@pytest.mark.parametrize("who", ["player", "owner"])
def test_the_running_site_answers_as_its_document_says(who, people, live_server):
    token = in_one_transaction(lambda: issue_api_token(user=people[who]))
    fuzzer = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run"]
    asked = ["--header", f"Authorization: Bearer {token}", "--seed", SEED, "--max-examples", EXAMPLES]
    command = [*fuzzer, f"{live_server.url}/api/v1/schema", *asked, "--continue-on-failure", "--no-color"]
    assert subprocess.run(command, check=False).returncode == 0
    books.assert_right()
