"""What standing refuses."""

from quantix.errors import Refusal


class SeasonsOverlap(Refusal):
    code = "seasons-overlap"
    title = "Another season runs at that time"
    detail = (
        "One season runs at a time: begin after the one before has ended, and end before the next begins."
    )
    constraint = "season_one_at_a_time"


class SeasonArchived(Refusal):
    code = "season-archived"
    title = "The season of this event is archived"
    detail = "The boards of the season in which this event was settled are closed for good; so is its result."
