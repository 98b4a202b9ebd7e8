"""Play limits: what a player may stake and lose in a day, a week, a month; breaks, and self-exclusion.

They stop new bets and nothing else. The database keeps them, by a trigger on `bets` (`guards`): whatever places
a bet, and however many at once, none passes. Pages, quotes and the trigger count by one query (`standing`).
docs/decisions/0007-play-limits.md says what was decided.
"""
