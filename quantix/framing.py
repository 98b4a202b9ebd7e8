"""Where a request ends: as much of HTTP/1.1 (RFC 9112) as it takes to know that one has arrived whole.

Nothing is decided here about what a request means or whether it is well made: that is gunicorn's, which is given
the bytes once they are complete, or once it is sure that they never will be.
"""

import re
from enum import Enum

HEAD_BYTES_MAX = 64 * 1024
#: A little more than any address takes (DATA_UPLOAD_MAX_MEMORY_SIZE, `quantix.wsgi.CHUNKED_BYTES_MAX`).
BODY_BYTES_MAX = 5 * 1024 * 1024 + 4096
#: A chunk's size with its extensions, or the trailers after the last one.
LINE_BYTES_MAX = 4096

_LENGTH = re.compile(rb"[0-9]{1,15}")
_CHUNK_SIZE = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(;.*)?", re.DOTALL)
_EXPECTATION = re.compile(rb"(?i)\r\nexpect[ \t]*:[ \t]*100-continue[ \t]*(?=\r\n)")


class Stage(Enum):
    """How far a request has come."""

    HEAD = "its head is not complete"
    BODY = "its body is not complete"
    WHOLE = "it is complete, or nothing that may still come would make it any better"
    HEAD_TOO_LONG = "its head does not end"
    LINE_TOO_LONG = "its first line does not end"
    BODY_TOO_LONG = "it came in chunks, and is too long"


class Arrival:
    """The bytes of one connection, from which requests are taken one after the other."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._begin()

    def _begin(self) -> None:
        self.stage = Stage.HEAD
        #: What was looked through already, and (once known) where the request ends.
        self._seen = self._end = 0
        self._head_end = 0
        self._is_chunked = False
        self._decoded = 0
        self.expects_continue = False

    def __len__(self) -> int:
        return len(self._bytes)

    def feed(self, data: bytes) -> Stage:
        """Take what has come, and say how far the request at hand is."""
        self._bytes += data
        if self.stage is Stage.HEAD:
            self._look_for_head()
        if self.stage is Stage.BODY:
            self._look_for_end()
        return self.stage

    def take(self) -> bytes:
        """The bytes of the request that is WHOLE; those of the next one stay.

        Its `Expect: 100-continue` is left out: what it asked for has happened.
        """
        assert self.stage is Stage.WHOLE
        taken = bytes(self._bytes[: self._end])
        if self.expects_continue:
            taken = _EXPECTATION.sub(b"", taken[: self._head_end]) + taken[self._head_end :]
        del self._bytes[: self._end]
        self._begin()
        return taken

    def _look_for_head(self) -> None:
        # An empty line before the request is let pass.
        start = 2 if self._bytes.startswith(b"\r\n") else 0
        found = self._bytes.find(b"\r\n\r\n", max(start, self._seen - 3))
        if found >= 0:
            self._head_end = self._seen = found + 4
            self._read_head()
        elif len(self._bytes) > HEAD_BYTES_MAX:
            ends = self._bytes.find(b"\r\n", start) >= 0
            self.stage = Stage.HEAD_TOO_LONG if ends else Stage.LINE_TOO_LONG
        else:
            self._seen = len(self._bytes)

    def _read_head(self) -> None:
        """How the body is framed. What is ambiguous counts as no body: gunicorn refuses it by its head."""
        lines = bytes(self._bytes[: self._head_end]).lower().split(b"\r\n")
        pairs = [(name, value.strip()) for name, _, value in (line.partition(b":") for line in lines)]
        lengths = [value for name, value in pairs if name == b"content-length"]
        codings = [value for name, value in pairs if name == b"transfer-encoding"]
        self._end = self._head_end
        if len(codings) == 1 and codings[0].split(b",")[-1].strip() == b"chunked" and not lengths:
            self._is_chunked = True
        elif not codings and len(lengths) == 1 and _LENGTH.fullmatch(lengths[0]):
            length = int(lengths[0])
            # One that is too long is refused by its head alone.
            self._end += length if length <= BODY_BYTES_MAX else 0
        waits = self._is_chunked or self._end > self._head_end
        self.expects_continue = (b"expect", b"100-continue") in pairs
        self.stage = Stage.BODY if waits else Stage.WHOLE

    def _look_for_end(self) -> None:
        if self._is_chunked:
            while self.stage is Stage.BODY and self._next_chunk():
                pass
        elif len(self._bytes) >= self._end:
            self.stage = Stage.WHOLE

    def _next_chunk(self) -> bool:
        """Pass one chunk; False where more has to come first."""
        line_end = self._bytes.find(b"\r\n", self._seen, self._seen + LINE_BYTES_MAX)
        if line_end < 0:
            return self._wait_or_end(len(self._bytes) - self._seen >= LINE_BYTES_MAX)
        size_line = _CHUNK_SIZE.fullmatch(bytes(self._bytes[self._seen : line_end]))
        if size_line is None:
            return self._wait_or_end(True)
        size = int(size_line[1], 16)
        if size == 0:
            return self._look_for_trailers(line_end)
        self._decoded += size
        if self._decoded > BODY_BYTES_MAX:
            self.stage = Stage.BODY_TOO_LONG
            return False
        after = line_end + 2 + size + 2
        if len(self._bytes) < after:
            self._decoded -= size
            return False
        self._seen = after
        return True

    def _look_for_trailers(self, line_end: int) -> bool:
        end = self._bytes.find(b"\r\n\r\n", line_end)
        if end < 0:
            return self._wait_or_end(len(self._bytes) - line_end > LINE_BYTES_MAX)
        self._end, self.stage = end + 4, Stage.WHOLE
        return True

    def _wait_or_end(self, is_hopeless: bool) -> bool:
        """False: more has to come. Where that would not help, all that has come is the request."""
        if is_hopeless:
            self._end, self.stage = len(self._bytes), Stage.WHOLE
        return False
