"""Files of questions: five formats read, one written, all by way of one form (`base.ParsedQuestion`).

Pure Python. To add a format: a module with a `Format`, and a line in FORMATS.
"""

from collections.abc import Iterator

from games.formats.aiken import AIKEN
from games.formats.base import (
    FILE_BYTES_MAX,
    Format,
    Option,
    Parsed,
    ParsedQuestion,
    QuestionFile,
    RefusedQuestion,
    UnreadableFile,
)
from games.formats.csv_table import CSV
from games.formats.gift import GIFT
from games.formats.gift_writer import written
from games.formats.moodle_xml import MOODLE_XML
from games.formats.opentdb import OPENTDB

__all__ = [
    "AUTO",
    "FILE_BYTES_MAX",
    "FORMATS",
    "Format",
    "Option",
    "Parsed",
    "ParsedQuestion",
    "QuestionFile",
    "RefusedQuestion",
    "UnreadableFile",
    "format_of",
    "read",
    "written",
]

#: By name, in the order in which a file is tried: what is told by a few bytes first.
FORMATS = {one.name: one for one in (MOODLE_XML, OPENTDB, CSV, AIKEN, GIFT)}
AUTO = "auto"


def format_of(file: QuestionFile, name: str = AUTO) -> Format:
    """The format called `name`, or for AUTO the one that the file's content fits. Raises UnreadableFile."""
    if name != AUTO:
        return FORMATS[name]
    fitting = next((one for one in FORMATS.values() if one.fits(file)), None)
    if fitting is None:
        labels = ", ".join(one.label for one in FORMATS.values())
        raise UnreadableFile(f"{file.name} is in none of the formats that are read here: {labels}.")
    return fitting


def read(file: QuestionFile, name: str = AUTO) -> Iterator[Parsed]:
    """The questions of `file` and what is refused, in the file's order. Raises UnreadableFile, also on the way."""
    return format_of(file, name).read(file)
