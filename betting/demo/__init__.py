"""The demo: real content, and a month of play by forty players, all through the services that players use."""
