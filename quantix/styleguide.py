"""Every component in every state on one page, with DEBUG only: to look at, and for tests to measure."""

import re
from datetime import timedelta

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from quantix.templatetags.ui import CHIPS

QUESTION = """Two urns hold <b>fair</b> coins. What does this print, and why?

```python
rng = np.random.default_rng(7)
print(rng.binomial(1, 0.5, size=(2, 4)).mean(axis=1).round(2).tolist())  # long enough to scroll
```
Use `rng.binomial` and the law of large numbers."""

GUESSES = [{"guess": "ABCD", "exact": 1, "misplaced": 2}, {"guess": "EFGH", "exact": 0, "misplaced": 1}]

OPTIONS = [
    {"name": "Kaveri", "chance": "0.47", "odds": "2.1277"},
    {"name": "Narmada", "chance": "0.31", "odds": "3.2258"},
    {"name": "Brahmaputra, who have not lost since the monsoon term", "chance": "0.16", "odds": "6.2500"},
    {"name": "Tapti", "chance": "0.06", "odds": "16.6667"},
]

_ROW = ("what", "at", "category", "amount", "type", "balance", "void")
ROWS = [
    dict(zip(_ROW, row, strict=True))
    for row in [
        ("Probability sprint, won at 1.85×", "22 Nov, 14:02", "win", "92.50", "credit", "123456.50", False),
        ("Probability sprint, stake", "22 Nov, 13:58", "bet", "50.00", "debit", "123364.00", False),
        ("Prize of the season", "20 Nov, 09:00", "admin_adjustment", "1000.00", "credit", "123414.00", False),
        ("Stake on a withdrawn question", "19 Nov, 21:14", "bet", "20.00", "debit", "122414.00", True),
        ("Welcome", "1 Nov, 10:00", "bonus", "1000.00", "credit", "1000.00", False),
    ]
]


class ExampleForm(forms.Form):
    """One field of each kind; sent in with mistakes, so that errors show."""

    email = forms.EmailField(label="Institute e-mail", help_text="The address the institute gave you.")
    username = forms.CharField()
    full_name = forms.CharField(required=False)
    house = forms.ChoiceField(choices=[("k", "Kaveri"), ("n", "Narmada")])
    notices = forms.ChoiceField(choices=[("m", "By e-mail"), ("p", "In the page")], widget=forms.RadioSelect)
    about = forms.CharField(widget=forms.Textarea, required=False)
    read = forms.BooleanField(label="I have read that this is play money")

    def clean(self) -> None:
        raise forms.ValidationError("Some fields need another look.")


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    if not settings.DEBUG:
        raise Http404
    now = timezone.now()
    sprite = (settings.BASE_DIR / "static" / "icons.svg").read_text()
    art = (settings.BASE_DIR / "templates" / "_fragments" / "art").glob("*.svg.html")
    context = {
        "form": ExampleForm({"email": "me at example", "username": "arjun", "house": "k"}),
        "soon": now + timedelta(seconds=33),
        "later": now + timedelta(hours=5, minutes=7),
        "chips": list(CHIPS),
        "icons": re.findall(r'<symbol id="(?!peg-)([^"]+)"', sprite),
        "art": sorted(path.name.removesuffix(".svg.html") for path in art),
        "question": QUESTION,
        "symbols": "ABCDEFGH",
        "guesses": GUESSES,
        "options": OPTIONS,
        "rows": ROWS,
    }
    return render(request, "styleguide.html", context)
