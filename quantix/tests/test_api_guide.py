"""The guide to the API, followed by the letter on the running site."""

import os
import re
import subprocess
import sys

import pytest

from betting.models import Bet
from games.models import GameSession
from quantix.api.docs import CHAPTERS
from quantix.tests import books, factories
from quantix.tests.crowd import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def site(live_server):
    """The running site with a game of each type; its demo is not needed."""
    factories.make_quiz(bank=8)
    factories.make_codebreaker()
    factories.make_event()
    return live_server.url


def test_the_commands_of_the_guide_do_what_it_says(site, player, tmp_path):
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "docs/api.md").read_text(encoding="utf-8"), re.DOTALL)
    words = {"SITE": site, "LOGIN": player.username, "PASSWORD": factories.PASSWORD}
    script = "set -euo pipefail\n" + "\necho\n".join(blocks)
    ran = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env=os.environ | words,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert GameSession.objects.of(player).count() == Bet.objects.of(player).count() == 1
    assert '"code":"invalid"' in ran.stdout.replace(" ", "")
    assert ran.stdout.strip().endswith("304")
    books.assert_right()


def test_the_client_plays_a_quiz_with_stakes_and_predicts_an_event(site, player):
    command = [sys.executable, "docs/client.py", site, player.email, factories.PASSWORD]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    session = GameSession.objects.of(player).get(game__type="quiz")
    assert not session.is_running
    assert Bet.objects.filter(session=session).count() == 3
    assert Bet.objects.of(player).filter(session__game__type="prediction").count() == 1
    assert ran.stdout.strip().endswith(f"in the wallet: {player.wallet.transactions.last().balance_after}")


@pytest.mark.parametrize("name", CHAPTERS)
def test_the_chapters_are_pages_of_the_site(client, name):
    page = client.get(f"/api/docs/{name}").content.decode()
    assert CHAPTERS[name][1] in page
    for link in set(re.findall(r'href="(/api/[^"#]*)', page)):
        assert client.get(link).status_code in (200, 401), link


def test_sixty_lines_are_sixty_lines():
    assert len((ROOT / "docs/client.py").read_text().splitlines()) <= 60
