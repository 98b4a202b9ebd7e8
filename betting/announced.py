"""What programs are told of bets (`accounts.webhooks`), in the API's names and forms. A player is an id."""

from accounts.webhooks.announcing import announcement, moment
from accounts.webhooks.catalog import BET_SETTLED

# A correction that changes what a bet brought is told as well; a bet that comes out the same is not.
bet_settled = announcement(
    name="announced",
    event=BET_SETTLED,
    data=f"""jsonb_build_object(
        'id', became.id, 'user', became.user_id, 'session', became.session_id, 'game', became.game_id,
        'market', became.metadata ->> 'market', 'choice', became.choice,
        'amount', became.amount::text, 'odds', became.odds::text, 'placed_at', {moment("became.placed_at")},
        'outcome', became.outcome, 'payout', became.payout::text, 'is_successful', became.is_successful,
        'settled_at', {moment("became.settled_at")})""",
    rows="""became JOIN was USING (id)
        WHERE became.outcome IS NOT NULL
        AND (became.outcome, became.payout) IS DISTINCT FROM (was.outcome, was.payout)""",
    order="became.id",
)
