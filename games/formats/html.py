"""HTML as question files hold it, made into the light Markdown that the site shows.

Nothing of it reaches a page as HTML: what is not known to be a tag stays as text, and pages escape all texts.
"""

import html
import re

from games.formats.base import refuse

#: Beyond it a text is no question's: a bound for what follows.
_CHARACTERS_MAX = 60_000
# No two of these can begin to read the same long stretch again: time grows with the length only.
_MARKUP = re.compile(
    r"<!--(?:[^-<]|-(?!->)|<(?!!--))*-->"
    r"|<(?P<close>/?)(?P<name>[a-zA-Z][a-zA-Z0-9:]*)(?:[\s/][^<>]*)?>"
)
_BLOCKS = {
    "p", "div", "ul", "ol", "table", "tbody", "thead", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote",
    "section", "article", "dl", "dt", "dd", "hr", "figure", "figcaption", "address", "center",
}  # fmt: skip
_INLINE = {
    "a", "abbr", "acronym", "b", "bdo", "big", "cite", "del", "dfn", "em", "font", "html", "body", "head", "i", "ins",
    "label", "mark", "nobr", "q", "s", "small", "span", "strike", "strong", "u", "wbr", "nolink", "title", "meta",
    "link",
}  # fmt: skip
_CODE = {"code", "kbd", "samp", "tt", "var"}
_MEDIA = {
    "img",
    "svg",
    "iframe",
    "object",
    "embed",
    "video",
    "audio",
    "source",
    "picture",
    "canvas",
    "applet",
    "math",
}
_UNSAID = {"script", "style", "template", "noscript"}
_SIGNS = {"br": "\n", "li": "\n- ", "td": " | ", "th": " | ", "sup": "^", "sub": "_"}
_KNOWN = _BLOCKS | _INLINE | _CODE | _MEDIA | _UNSAID | {*_SIGNS, "pre"}
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")


def from_html(text: str) -> str:
    """The Markdown for `text`, its blanks counting as in a browser. Raises NotAQuestion for pictures and media."""
    return _read(text, keeps_lines=False)


def from_mixed(text: str) -> str:
    """The same for a text that may hold some HTML, or none: line ends stay, and so does all that is not markup."""
    return _read(text, keeps_lines=True) if re.search("[<&]|@@", text) else text


def _read(text: str, *, keeps_lines: bool) -> str:
    if len(text) > _CHARACTERS_MAX:
        refuse(f"a text has more than {_CHARACTERS_MAX:,} characters")
    if "@@PLUGINFILE@@" in text:
        refuse("it has a picture or another file inside")
    writer = _Writer(keeps_lines)
    end = 0
    for found in _MARKUP.finditer(text):
        name = (found["name"] or "").lower()
        if name and name not in _KNOWN and ":" not in name:
            continue
        writer.words(text[end : found.start()])
        end = found.end()
        if name:
            writer.tag(name, is_end=bool(found["close"]))
    writer.words(text[end:])
    return writer.text()


class _Writer:
    """Markdown as it is put together."""

    def __init__(self, keeps_lines: bool) -> None:
        self.keeps_lines = keeps_lines
        self.pieces: list[str] = []
        #: What the words at hand stand in: a `<pre>`, a `<code>`, a `<script>`, or "".
        self.inside = ""
        self.kept: list[str] = []

    def words(self, raw: str) -> None:
        words = _ENTITY.sub(lambda entity: html.unescape(entity[0]), raw)
        if self.inside:
            self.kept.append(words)
        else:
            self.pieces.append(words if self.keeps_lines else re.sub(r"[ \t\n]+", " ", words))

    def tag(self, name: str, *, is_end: bool) -> None:
        if name in _MEDIA and not is_end:
            refuse("it has a picture or another medium inside")
        if self.inside:
            self._tag_inside(name, is_end)
        elif name in _UNSAID | _CODE | {"pre"} and not is_end:
            self.inside = name
        elif name in _BLOCKS:
            self.pieces.append("\n\n" if name != "tr" else "\n")
        elif not is_end:
            self.pieces.append(_SIGNS.get(name, ""))

    def _tag_inside(self, name: str, is_end: bool) -> None:
        if name == self.inside and is_end:
            self.close()
        elif name in ("br", "p", "div") and not is_end:
            self.kept.append("\n")

    def close(self) -> None:
        """End the code at hand, if there is any."""
        code, self.kept, inside, self.inside = "".join(self.kept), [], self.inside, ""
        if inside in _UNSAID or not code.strip():
            return
        if inside == "pre" or "\n" in code.strip():
            fenced = code.replace("```", "'''").strip("\n")
            self.pieces.append(f"\n```\n{fenced}\n```\n")
        else:
            self.pieces.append(f"`{code.strip().replace('`', chr(39))}`")

    def text(self) -> str:
        self.close()
        parts = re.split(r"(\n```\n.*?\n```\n)", "".join(self.pieces), flags=re.DOTALL)
        # What re.split caught stands at the odd places: code, whose blanks count.
        return "".join(part if place % 2 else self._spaced(part) for place, part in enumerate(parts)).strip()

    def _spaced(self, text: str) -> str:
        text = text if self.keeps_lines else re.sub(r" *\n *", "\n", text)
        return re.sub(r"\n{3,}", "\n\n", text)
