"""The demo's games and events. Times are days from the moment it is loaded; odds are the club's own guesses."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from betting.demo.puzzles import DAILIES, PUZZLES
from games.formats import QuestionFile
from games.models import Game
from games.services.bank_import import import_file
from games.services.events import save_game

BANK = Path(__file__).resolve().parents[2] / "games" / "demo" / "questions"

QUIZZES: list[tuple[str, str, dict[str, Any]]] = [
    (
        "Statistics Sprint",
        "Five questions on describing data, estimating and testing. Half a minute each: read the axes, mind the tails.",
        {"tags": ["statistics"], "questions": 5, "seconds": 40},
    ),
    (
        "Probability Parlour",
        "Coins, cards and conditional thinking. Bayes is watching.",
        {"tags": ["probability"], "questions": 5, "seconds": 45},
    ),
    (
        "Python Pit Stop",
        "What does it print, what does it cost, where does it break? Five stops.",
        {"tags": ["python"], "questions": 5, "seconds": 35},
    ),
    (
        "SQL Showdown",
        "Joins, groups and the many meanings of NULL.",
        {"tags": ["sql"], "questions": 5, "seconds": 40},
    ),
    (
        "Model Citizen",
        "Machine learning from loss functions to leakage.",
        {"tags": ["machine-learning"], "questions": 5, "seconds": 40},
    ),
    (
        "The Mixed Ten",
        "Ten questions from the whole bank, quick ones count more. For glory, not for money.",
        {"tags": [], "questions": 10, "seconds": 30, "speed_part": 0.3, "stakes": None},
    ),
]

#: name, category, question, (option, label, odds)…, criteria, opens and closes in days from now.
Options = list[tuple[str, str, str]]
EVENTS: list[tuple[str, str, str, Options, str, float, float]] = [
    (
        "End-term mean in Statistics II",
        "exams",
        "Where will the published mean of this term's Statistics II end-term paper fall?",
        [("below-50", "Below 50", "3.40"), ("50-60", "50 to 60", "2.10"), ("above-60", "Above 60", "2.90")],
        "The mean on the course page when results are published, unrounded.",
        -6,
        5,
    ),
    (
        "First to solve the OPPE bonus task",
        "exams",
        "Which section posts the first accepted solution of the next programming exam's bonus task?",
        [("morning", "Morning slot", "1.85"), ("evening", "Evening slot", "1.95")],
        "Time stamps of the judge's public log.",
        -4,
        2,
    ),
    (
        "Paradox hackathon: winning track",
        "campus",
        "Which track will the overall winner of the Paradox hackathon come from?",
        [
            ("health", "Health", "4.20"),
            ("finance", "Finance", "3.10"),
            ("climate", "Climate", "3.80"),
            ("education", "Education", "3.60"),
        ],
        "The organisers' announcement of the overall winner.",
        -9,
        12,
    ),
    (
        "Over 4,000 registrations for Paradox",
        "campus",
        "Will the fest count more than 4,000 registrations when the form closes?",
        [("yes", "Yes", "1.62"), ("no", "No", "2.30")],
        "The number that the fest team publishes after closing.",
        -3,
        9,
    ),
    (
        "Inter-house chess final",
        "campus",
        "Which house wins the inter-house online chess final?",
        [
            ("bandipur", "Bandipur", "3.20"),
            ("corbett", "Corbett", "2.90"),
            ("gir", "Gir", "4.50"),
            ("kaziranga", "Kaziranga", "3.70"),
        ],
        "The arbiter's published result; a rapid tie-break counts.",
        -2,
        3,
    ),
    (
        "Chennai rain in the last week of the month",
        "weather",
        "How much rain will Chennai (Nungambakkam) record in the last seven days of this month?",
        [
            ("under-20", "Under 20 mm", "2.40"),
            ("20-80", "20 to 80 mm", "2.30"),
            ("over-80", "Over 80 mm", "3.60"),
        ],
        "Daily figures of the India Meteorological Department, added up.",
        -1,
        4,
    ),
    (
        "Next stable Python before the term ends",
        "technology",
        "Will another bug-fix release of the newest Python minor version appear before this term's last class?",
        [("yes", "Yes", "1.40"), ("no", "No", "2.95")],
        "The date on python.org's release page, UTC.",
        -7,
        20,
    ),
    (
        "Kaggle rank of the institute's top team",
        "technology",
        "Where will the best team from the degree finish in the current featured competition?",
        [("top-10", "Top 10", "8.50"), ("top-50", "11 to 50", "3.30"), ("below-50", "Below 50", "1.38")],
        "The private leaderboard at the close.",
        -5,
        17,
    ),
    (
        "India's next Test series",
        "sport",
        "How does India's next men's Test series end?",
        [("win", "India win", "1.95"), ("draw", "Drawn series", "3.90"), ("loss", "India lose", "2.90")],
        "The series result as the ICC records it.",
        -8,
        25,
    ),
    (
        "ISRO's next launch on its first announced date",
        "technology",
        "Will the next ISRO orbital launch lift off on the date first announced for it?",
        [("yes", "On the day", "1.75"), ("no", "Postponed", "2.05")],
        "ISRO's own announcements; lift-off on the announced day in India counts.",
        -2,
        14,
    ),
    (
        "Library sessions in exam week",
        "campus",
        "Will the discussion forum see more than 12,000 posts in exam week?",
        [("yes", "More than 12,000", "2.15"), ("no", "12,000 or fewer", "1.70")],
        "The forum's weekly digest.",
        -1,
        8,
    ),
    (
        "Machine Learning Practice: top project metric",
        "exams",
        "What will the best private F1 score of the term's Machine Learning Practice project be?",
        [
            ("below-85", "Below 0.85", "3.00"),
            ("85-90", "0.85 to 0.90", "1.90"),
            ("above-90", "Above 0.90", "3.20"),
        ],
        "The private leaderboard when the course closes it.",
        -3,
        28,
    ),
    (
        "Data storytelling contest: winning tool",
        "campus",
        "Which tool was the winning entry of the data storytelling contest made with?",
        [
            ("python", "Python", "1.90"),
            ("spreadsheet", "A spreadsheet", "3.60"),
            ("other", "Anything else", "2.80"),
        ],
        "The contest page's description of the winning entry.",
        -6,
        1.5,
    ),
    (
        "Chess engine match: decisive games",
        "sport",
        "How many of the ten games of the current engine final will be decisive?",
        [("0-2", "0 to 2", "2.20"), ("3-5", "3 to 5", "2.25"), ("6-10", "6 to 10", "4.00")],
        "The tournament's own crosstable.",
        -4,
        6,
    ),
    # Closed, and waiting for staff to say how it came out.
    (
        "Friday's open mic: longest applause",
        "campus",
        "Which act of Friday's open mic gets the longest applause?",
        [("music", "Music", "1.80"), ("poetry", "Poetry", "3.10"), ("comedy", "Comedy", "2.70")],
        "The stopwatch of the two stewards, their mean.",
        -10,
        -0.4,
    ),
]

#: Over already: as above, with when it was decided and how (an option, or None for called off).
PAST: list[tuple[tuple[str, str, str, Options, str, float, float], float, str | None]] = [
    (
        (
            "Orientation week: the last shuttle",
            "campus",
            "Does the last shuttle of orientation week leave within five minutes of its time?",
            [("on-time", "On time", "2.10"), ("late", "Late", "1.70")],
            "The driver's log.",
            -52,
            -42,
        ),
        -41.8,
        "late",
    ),
    (
        (
            "Freshers' hockey: the first goal",
            "sport",
            "Which side scores the first goal of the freshers' match?",
            [("north", "North campus", "1.95"), ("south", "South campus", "1.85")],
            "The referee's sheet.",
            -46,
            -37,
        ),
        -36.8,
        "north",
    ),
    (
        (
            "Quiz One mean in Probability",
            "exams",
            "Where did the published mean of this term's first probability quiz fall?",
            [
                ("below-60", "Below 60", "2.60"),
                ("60-75", "60 to 75", "1.80"),
                ("above-75", "Above 75", "4.10"),
            ],
            "The mean on the course page.",
            -29,
            -20,
        ),
        -19,
        "60-75",
    ),
    (
        (
            "Debate night: the motion carries",
            "campus",
            "Does the motion 'AutoML ends the junior analyst' carry on debate night?",
            [("carries", "It carries", "2.20"), ("falls", "It falls", "1.66")],
            "The vote at the end of the debate.",
            -27,
            -17,
        ),
        -16.8,
        "falls",
    ),
    (
        (
            "Python Pit Stop record",
            "campus",
            "Will somebody score five of five in Python Pit Stop this fortnight?",
            [("yes", "Yes", "1.45"), ("no", "No", "2.80")],
            "Quantix's own sessions.",
            -26,
            -12,
        ),
        -11.9,
        "yes",
    ),
    (
        (
            "Cricket final: toss",
            "sport",
            "Which captain wins the toss of the student league final?",
            [("home", "Home side", "1.90"), ("away", "Away side", "1.90")],
            "The umpire's coin.",
            -18,
            -9,
        ),
        -8.9,
        "away",
    ),
    (
        (
            "Guest lecture: length of the questions",
            "campus",
            "Does the question time of the guest lecture run over by more than ten minutes?",
            [("yes", "Over", "1.75"), ("no", "In time", "2.05")],
            "The recording's length.",
            -16,
            -6,
        ),
        -5.8,
        None,
    ),
    (
        (
            "Hall of residence run",
            "sport",
            "Winning time of the five-kilometre run?",
            [
                ("under-18", "Under 18 min", "4.40"),
                ("18-20", "18 to 20 min", "2.00"),
                ("over-20", "Over 20 min", "2.50"),
            ],
            "The marshals' clock.",
            -14,
            -4,
        ),
        -3.9,
        "18-20",
    ),
]


def load_bank() -> int:
    """Every question file of the bank; what was there already is left alone. How many are new."""
    created = 0
    for path in sorted(BANK.glob("*.gift")):
        report = import_file(by=None, file=QuestionFile(path.name, path.read_bytes()))
        assert not report.counts["refused"], f"{path.name}: {report.fates}"
        created += report.counts["new"]
    return created


def make_games(by: Any) -> list[Game]:
    """The quizzes and puzzles."""
    quizzes = [make_game(by, name, "quiz", about, config) for name, about, config in QUIZZES]
    puzzles = [make_game(by, name, "puzzle", about, config) for name, about, config in PUZZLES]
    return quizzes + puzzles


def make_dailies(by: Any) -> list[Game]:
    """The puzzles that are drawn for a day."""
    return [
        save_game(
            by=by,
            game=Game(
                name=name, type="puzzle", description=about, is_daily=True, metadata=config | {"stakes": None}
            ),
        )
        for name, about, config in DAILIES
    ]


def make_event(by: Any, event: tuple[str, str, str, Options, str, float, float], now: datetime) -> Game:
    """One event, its times told from `now`."""
    name, category, question, options, criteria, opens, closes = event
    config = {
        "mechanism": "fixed",
        "category": category,
        "criteria": criteria,
        "options": [{"id": id, "label": label, "odds": odds} for id, label, odds in options],
        "opens_at": (now + timedelta(days=opens)).isoformat(),
        "closes_at": (now + timedelta(days=closes)).isoformat(),
        "liability_cap": "20000.00",
    }
    return make_game(by, name, "prediction", question, config)


def make_game(by: Any, name: str, type: str, description: str, config: dict[str, Any]) -> Game:
    return save_game(by=by, game=Game(name=name, type=type, description=description, metadata=config))
