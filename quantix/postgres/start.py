"""Making a server's folders and starting it. The caller holds its lock."""

import os
import secrets
import shutil
import stat
import subprocess
from contextlib import suppress
from pathlib import Path

from quantix.postgres.host import PostgresError, account_of, programs, run_as
from quantix.postgres.server import DATABASE, ROLE, Server

CONFIGURATION = """
# Every acknowledged commit is on the disk.
fsync = on
full_page_writes = on
synchronous_commit = on

max_connections = 200
shared_buffers = 128MB
work_mem = 8MB
maintenance_work_mem = 64MB
random_page_cost = 1.1
# Short statements only: compiling them costs more than it gives.
jit = off

timezone = UTC
log_timezone = UTC
# One log per weekday, written over a week later.
logging_collector = on
log_filename = 'postgresql-%a.log'
log_rotation_age = 1d
log_rotation_size = 0
log_truncate_on_rotation = on
log_line_prefix = '%m [%p] %q%u@%d '
"""


def start(server: Server, lock: int) -> None:
    """Start the server, holding the lock; it is ready some time after this returns."""
    choose_home(server)
    bindir, major = programs(server.account, server.home / "programs", server.made_by)
    if not server.pgdata.exists():
        initialise(server, bindir, major, lock)
    check_version(server, bindir, major)
    allow_owner_and_root(server)
    make_socket_dir(server)
    # The lock is ours, so these are left from a killed server, whoever has its process id by now.
    for left in (server.pgdata / "postmaster.pid", *server.socket_dir.iterdir()):
        left.unlink(missing_ok=True)
    settings = ["port=5432", "listen_addresses=", f"unix_socket_directories={server.socket_dir}"]
    switches = [part for setting in settings for part in ("-c", setting)]
    # By way of a shell that ends at once, so that the server is nobody's child and never stays a zombie.
    command: list[str | Path] = [
        "/bin/sh",
        "-c",
        '"$@" &',
        "sh",
        bindir / "postgres",
        "-D",
        server.pgdata,
        *switches,
    ]
    with server.log.open("w") as log:
        run_as(
            server.account,
            *command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(lock,),
            start_new_session=True,
        )


def choose_home(server: Server) -> None:
    """Settle where the data will live, before there are any: elsewhere if root's checkout is closed."""
    token = server.data_dir / "token"
    if not token.exists():
        token.touch(mode=0o600)
        token.write_text(secrets.token_hex(16))
    if os.geteuid() == 0 and not server.pgdata.exists() and not is_open(server):
        server.elsewhere.mkdir(exist_ok=True)
        server.elsewhere.chmod(0o755)


def is_open(server: Server) -> bool:
    enter = ("/bin/sh", "-c", 'cd "$1"', "sh", server.data_dir)
    return run_as(server.account, *enter, stderr=subprocess.DEVNULL).returncode == 0


def initialise(server: Server, bindir: Path, major: int, lock: int) -> None:
    """Make the data folder and the database in it. It gets its name when it is whole."""
    draft = server.home / "data.new"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    os.chown(draft, server.account.pw_uid, server.account.pw_gid)
    form = ["--locale=C.UTF-8", "--encoding=UTF8", "--data-checksums", "--auth=peer"]
    if major >= 17:  # Its own tables: the order of text does not change with the machine's libraries.
        form += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    steps: list[tuple[list[str | Path], str]] = [
        ([bindir / "initdb", "-D", draft, "-U", ROLE, *form], ""),
        ([bindir / "postgres", "--single", "-D", draft, "postgres"], f"CREATE DATABASE {DATABASE}\n"),
    ]
    for command, text in steps:
        done = run_as(server.account, *command, input=text, capture_output=True, pass_fds=(lock,))
        if done.returncode != 0:
            raise PostgresError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")
    with (draft / "postgresql.conf").open("a") as configuration:
        configuration.write(CONFIGURATION)
    draft.rename(server.pgdata)


def check_version(server: Server, bindir: Path, major: int) -> None:
    made_by = server.made_by
    if made_by != major:
        raise PostgresError(
            f"The data in {server.pgdata} were made by PostgreSQL {made_by}, but {bindir} is PostgreSQL "
            f"{major}. Set PG_BINDIR to the bin folder of a PostgreSQL {made_by} to go on with them, or move "
            "that folder away to begin anew."
        )


def allow_owner_and_root(server: Server) -> None:
    """Write who may connect: those who could read the files anyway, as the kernel knows them."""
    names = {account_of(0).pw_name, server.account.pw_name}
    access = f"local all {ROLE} peer map={ROLE}\nlocal replication {ROLE} peer map={ROLE}\n"
    (server.pgdata / "pg_hba.conf").write_text(access)
    people = "".join(f'{ROLE} "{name}" {ROLE}\n' for name in sorted(names))
    (server.pgdata / "pg_ident.conf").write_text(people)


def make_socket_dir(server: Server) -> None:
    """Make the socket's folder, or see that the one there is ours: nobody else may have put it there."""
    owner = server.account
    with suppress(FileExistsError):
        server.socket_dir.mkdir(mode=0o700)
        os.chown(server.socket_dir, owner.pw_uid, owner.pw_gid)
    found = server.socket_dir.lstat()
    if (found.st_uid, found.st_mode) != (owner.pw_uid, stat.S_IFDIR | 0o700):
        raise PostgresError(
            f"{server.socket_dir} is in the way: it should be a folder of mode 0700 of {owner.pw_name}'s."
        )
