"""How boards are put in templates: a figure by its measure, the figures behind it, the way to what made it."""

from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from betting.standing import profiles, words
from betting.standing.models import Measure, Placing
from quantix.templatetags.ui import money_filter, money_tag, percent, signed_percent

register = template.Library()


@register.filter
def figure(placing: Placing) -> SafeString | str:
    """The value that a placing is ranked by, in the form of its measure."""
    value = placing.value
    if placing.measure == Measure.PROFIT:
        return money_tag(value, sign=True)
    if placing.measure == Measure.RETURN:
        return signed_percent(value)
    return f"{value:.0f}" if placing.measure == Measure.SKILL else f"{value:.2f}"


@register.filter
def behind(placing: Placing) -> str:
    """The figures behind the value, in words."""
    detail: dict[str, Any] = placing.detail
    if placing.measure in (Measure.PROFIT, Measure.RETURN):
        bets = detail["bets"]
        return f"{money_filter(detail['stakes'])} staked in {bets} bet{'' if bets == 1 else 's'}"
    if placing.measure == Measure.SKILL:
        within = words.plus_minus(detail["deviation"])
        return f"{detail['rating']:.0f} ± {within} at {words.scope_title(detail['scope']).lower()}"
    events = detail["events"]
    return f"{events} event{'' if events == 1 else 's'}, {percent(detail['coverage'])} of all"


@register.simple_tag
def way_to_record(placing: Placing, season: Any, game: Any = None) -> SafeString:
    """The figures behind a placing, as the link to the sessions that made them where the player shows those."""
    said = behind(placing)
    if not (profiles.shows(placing.user, "profile") and profiles.shows(placing.user, "profile_results")):
        return format_html("{}", said)
    query = {"measure": placing.measure, "season": season.pk} | ({"game": game.pk} if game else {})
    address = f"{reverse('player-record', args=[placing.user.username])}?{urlencode(query)}"
    return format_html('<a href="{}">{}</a>', address, said)


@register.filter
def shows_profile(user: Any) -> bool:
    return profiles.shows(user, "profile")


@register.filter
def scope_title(scope: str) -> str:
    return words.scope_title(scope)


@register.filter
def plus_minus(deviation: float) -> str:
    return f"± {words.plus_minus(deviation)}"


@register.filter
def net(tally: Any) -> Any:
    """What a session's bets have won, less their stakes."""
    return tally.winnings - tally.stakes
