"""Ranking: standings become placings, which is what pages and programs read. A board at a time, by set-based SQL."""

import logging
import time
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import connection
from django.db.models import F, Q

from betting.standing.locks import try_ranking
from betting.standing.measures import RULERS, least
from betting.standing.models import Board, Measure, Season
from quantix import clock
from quantix.db import in_one_transaction
from quantix.errors import DatabaseAway

logger = logging.getLogger("quantix.standing")
#: A board that has changed rests so many times as long as ranking it took: ranking takes at most a sixth of a core.
RESTS = 5
#: Nothing tells that a player was suspended or has hidden: boards that run are ranked anew after that time anyway.
RANKED_ANYWAY_AFTER = timedelta(minutes=30)

# Events held: on a season's board, those that somebody's forecast has counted in.
_COMPETING = """
    FROM standings s
    JOIN users u ON u.id = s.user_id
    CROSS JOIN (
        SELECT count(*) AS held FROM boards one
        WHERE one.season_id = %(season)s AND (%(game)s IS NULL AND one.game_id IS NOT NULL OR one.game_id = %(game)s)
            AND EXISTS (SELECT FROM standings f WHERE f.board_id = one.id AND f.forecasts > 0)
    ) events
    WHERE s.board_id = %(board)s AND {qualifies}
        AND u.is_active AND NOT u.is_admin AND u.preferences ->> 'boards' IS DISTINCT FROM 'hidden'
"""

_RANKED = """
    SELECT s.user_id, {value} AS value, rank() OVER (ORDER BY {order}) AS rank,
        row_number() OVER (ORDER BY {order}, s.user_id) AS position, jsonb_build_object({detail}) AS detail
    {competing}
"""

_PLACE = """
    MERGE INTO placings p USING ({ranked}) r
    ON p.board_id = %(board)s AND p.measure = %(measure)s AND p.user_id = r.user_id
    WHEN MATCHED AND (p.position, p.rank, p.value, p.detail) IS DISTINCT FROM (r.position, r.rank, r.value, r.detail)
    THEN
        UPDATE SET position = r.position, rank = r.rank, value = r.value, detail = r.detail
    WHEN NOT MATCHED THEN
        INSERT (board_id, measure, user_id, position, rank, value, detail)
        VALUES (%(board)s, %(measure)s, r.user_id, r.position, r.rank, r.value, r.detail)
"""

_DROP = """
    DELETE FROM placings p WHERE p.board_id = %(board)s AND p.measure = %(measure)s
        AND NOT EXISTS (SELECT {competing} AND s.user_id = p.user_id)
"""


def rank_due() -> int:
    """Rank the boards that have changed and have rested, each in a transaction of its own; how many. For the worker."""
    now = clock.now()
    due = Board.objects.filter(season__archived_at=None).filter(
        ~Q(changes=F("ranked_changes")) | Q(ranked_at__lt=now - RANKED_ANYWAY_AFTER)
    )
    boards = [board for board in due.order_by("ranked_at", "pk") if _has_rested(board, now)]
    return sum(_rank_one(board.pk) for board in boards)


def _has_rested(board: Board, now: datetime) -> bool:
    rest = timedelta(seconds=RESTS * board.ranking_seconds)
    return board.ranked_at is None or board.ranked_at + rest <= now


def _rank_one(board_id: int) -> bool:
    """Rank one board; one that cannot be ranked must not keep the others from it."""
    try:
        return in_one_transaction(partial(rank_if_free, board_id))
    except DatabaseAway:
        raise
    except Exception:
        logger.exception("board %s cannot be ranked", board_id)
        return False


def rank_if_free(board_id: int) -> bool:
    """Rank the board unless somebody does, or its season is archived; whether it was done. In a transaction."""
    # Held until the end: no season is archived while a board of it is being ranked.
    running = Season.objects.filter(boards=board_id, archived_at=None)
    season = running.select_for_update(of=("self",), no_key=True).first()
    if season is None or not try_ranking(connection, board_id):
        return False
    rank(Board.objects.get(pk=board_id))
    return True


def rank(board: Board) -> None:
    """Write the placings of `board` by all measures. In a transaction that holds its season.

    What standings change meanwhile is counted in `changes`, and due again.
    """
    began = time.monotonic()
    for measure in Measure:
        _place(board, measure)
    Board.objects.filter(pk=board.pk).update(
        ranked_changes=board.changes, ranked_at=clock.now(), ranking_seconds=time.monotonic() - began
    )


def _place(board: Board, measure: Measure) -> None:
    ruler = RULERS[measure]
    competing = _COMPETING.format(qualifies=ruler.qualifies)
    ranked = _RANKED.format(value=ruler.value, order=ruler.order, detail=ruler.detail, competing=competing)
    values: dict[str, Any] = {
        "board": board.pk,
        "season": board.season_id,
        "game": board.game_id,
        "measure": measure.value,
        **least(in_game=board.game_id is not None),
    }
    with connection.cursor() as cursor:
        cursor.execute(_PLACE.format(ranked=ranked), values)
        cursor.execute(_DROP.format(competing=competing), values)
