"""The command line of the embedded PostgreSQL."""

import argparse
import os
import sys
from pathlib import Path

from quantix.postgres import PostgresError, ensure_running, remove, stop
from quantix.postgres.host import programs
from quantix.postgres.server import Server


def main() -> int:
    parser = argparse.ArgumentParser("python -m quantix.postgres", description="The embedded PostgreSQL.")
    checkout = Path(__file__).resolve().parent.parent.parent
    parser.add_argument("--data-dir", type=Path, default=checkout / ".data" / "postgres")
    parser.add_argument("command", choices=["start", "stop", "status", "url", "psql", "remove"])
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="handed on to psql")
    asked = parser.parse_args()
    try:
        return run_command(asked.command, asked.data_dir, asked.arguments)
    except PostgresError as error:
        print(error, file=sys.stderr)
        return 1


def run_command(command: str, data_dir: Path, arguments: list[str]) -> int:
    """Do one command of the command line and give its exit code: 3 is a stopped server's `status`."""
    server = Server(data_dir.resolve())
    if command == "stop":
        print("PostgreSQL stopped." if stop(data_dir) else "PostgreSQL was not running.")
        return 0
    if command == "remove":
        remove(data_dir)
        print("PostgreSQL and its data are removed.")
        return 0
    if command == "status":
        running = server.answers()
        print(f"PostgreSQL is running: {server.url}" if running else "PostgreSQL is not running.")
        return 0 if running else 3
    url = ensure_running(data_dir)
    if command == "psql":
        psql = programs(server.account, server.home / "programs", server.made_by)[0] / "psql"
        os.execv(psql, [str(psql), url, *arguments])  # noqa: S606
    print(url if command == "url" else f"PostgreSQL is running: {url}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
