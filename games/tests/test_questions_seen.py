import pytest

from games.services import sessions
from quantix.tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def test_giving_up_does_not_leave_the_questions_fresh_whose_answers_the_end_reveals(player, commit):
    game = factories.make_quiz(questions=3, bank=3)
    first = factories.start(player, game)
    commit(lambda: sessions.forfeit_session(player=player, session_id=first.pk))
    again = factories.start(player, game)
    assert not any(question["fresh"] for question in again.metadata["state"]["questions"])
