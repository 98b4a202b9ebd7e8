"""Standing: seasons, boards, achievements, and what the profile of a player shows.

What has happened is told by triggers to a queue (`sessions_to_tally`). The worker tallies each session that
ended, sums tallies up to standings, and ranks standings into placings, which pages and programs read as they are.
"""
