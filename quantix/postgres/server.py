"""One server: where its things are, whether it answers, and the lock its processes hold."""

import fcntl
import hashlib
import os
import pwd
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from quantix.postgres.host import account_of, processes_in, system_account

ROLE = DATABASE = "quantix"
# Where a server started by root lives when the checkout lies in a folder closed to others, such as /root.
SYSTEM_HOME = Path("/var/lib")


@dataclass(frozen=True)
class Server:
    """The server whose data are under `data_dir` (absolute), running or not."""

    data_dir: Path

    @cached_property
    def identity(self) -> str:
        """Twelve characters that name this checkout's server; a copied folder has another name."""
        token = (self.data_dir / "token").read_text()
        return hashlib.sha256(f"{token} {self.data_dir}".encode()).hexdigest()[:12]

    @property
    def elsewhere(self) -> Path:
        return SYSTEM_HOME / f"quantix-{self.identity}"

    @property
    def home(self) -> Path:
        return self.elsewhere if os.geteuid() == 0 and self.elsewhere.exists() else self.data_dir

    @property
    def pgdata(self) -> Path:
        return self.home / "data"

    @property
    def made_by(self) -> int | None:
        """The major version of the PostgreSQL that made the data."""
        try:
            return int((self.pgdata / "PG_VERSION").read_text())
        except FileNotFoundError:
            return None

    @property
    def socket_dir(self) -> Path:
        """Short, as a socket's path ends at 107 bytes; stable, as web workers keep the URL over a restart."""
        return Path("/tmp") / f"quantix-{self.identity}"  # noqa: S108 - its owner is checked

    @property
    def url(self) -> str:
        return f"postgres://{ROLE}@/{DATABASE}?host={self.socket_dir}"

    @property
    def log(self) -> Path:
        return self.data_dir / "server.log"

    @property
    def account(self) -> pwd.struct_passwd:
        """The account of the server's processes: PostgreSQL refuses to run as root."""
        if os.geteuid() != 0:
            return account_of(os.geteuid())
        if self.pgdata.exists() and (owner := self.pgdata.stat().st_uid):
            return account_of(owner)
        return system_account()

    def answers(self) -> bool:
        """Whether the server takes connections, by its own word and by trying; well under a millisecond."""
        try:
            state = (self.pgdata / "postmaster.pid").read_text().splitlines()
            folder = self.socket_dir.lstat()
            # After a reboot anyone may have made a folder of this name: only the owner of the data counts.
            if folder.st_uid != self.pgdata.stat().st_uid or state[1] != str(self.pgdata):
                return False
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(str(self.socket_dir / ".s.PGSQL.5432"))
            return state[7].strip() == "ready"
        except (OSError, IndexError):
            return False

    @contextmanager
    def lock(self) -> Iterator[int | None]:
        """The lock that every process of a running server holds, by inheritance; None when it is taken.

        Who gets it knows that no process of an earlier server is alive, nor anyone else about to start one.
        """
        descriptor = os.open(self.data_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            yield descriptor if take(descriptor) else None
        finally:
            os.close(descriptor)

    def recorded_pid(self) -> int | None:
        """The process id of the last postmaster, if it did not take its leave."""
        try:
            return int((self.pgdata / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None

    def is_alive(self, pid: int) -> bool:
        """Whether this is a live process of this server: numbers are used again, by anyone."""
        try:
            os.kill(pid, 0)
        except OSError:
            return False
        return not Path("/proc/self").exists() or pid in processes_in(self.pgdata)

    def last_words(self) -> str:
        logs = sorted((self.pgdata / "log").glob("*.log"), key=lambda path: path.stat().st_mtime)
        text = "".join(path.read_text(errors="replace") for path in [*logs[-1:], self.log] if path.exists())
        return "\n".join(text.splitlines()[-12:])


def take(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
