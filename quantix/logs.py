"""Logs: one line an event, with the request's id; JSON where DEBUG is off."""

import json
import logging
from datetime import UTC, datetime

from quantix.context import origin


class WithOrigin(logging.Filter):
    """Adds where the work comes from to each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        where = origin()
        record.request_id, record.address = where.request_id, where.address
        return True


class JSONFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": getattr(record, "request_id", ""),
            "address": getattr(record, "address", ""),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class PlainFormatter(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")
