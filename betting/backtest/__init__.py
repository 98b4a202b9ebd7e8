"""A backtest: predictions of real football matches, by bots who know more or less of them, in all three mechanisms."""
