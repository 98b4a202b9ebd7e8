"""An economy of bots: do the odds on one's own skill hold against those who know more than the ratings do?

`world` is the truth (who knows what), `bots` what players do, `play` how they do it at a table, `house` who keeps the
tables in memory (the real engines, ratings and odds) and `site` who keeps them through the services on a database.
`simulation` plays a population and adds up; docs/economy.md tells the result.
"""
