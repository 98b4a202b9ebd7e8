"""The embedded PostgreSQL: real servers in folders of their own."""

import multiprocessing
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from quantix.postgres import PostgresError, ensure_running, remove, server, stop
from quantix.postgres.host import MAJOR_MIN, processes_in, programs, system_account, version_of
from quantix.postgres.server import Server

CHECKOUT = Path(__file__).resolve().parents[2]
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder open to every account; the servers below it are stopped at the end."""
    path = Path(tempfile.mkdtemp(prefix="quantix test "))
    path.chmod(0o755)
    yield path
    for token in path.rglob("token"):
        stop(token.parent)
    shutil.rmtree(path)


def ask(url: str, query: str) -> object:
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def kill(found: Server, *pids: int) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    while found.answers():
        time.sleep(0.001)


def postmaster(found: Server) -> int:
    pid = found.recorded_pid()
    assert pid
    return pid


def as_nobody(task: Callable[[], object]) -> int | None:
    """Run the task in a process of the user `nobody`; its exit code."""

    def drop_and_run() -> None:
        nobody = pwd.getpwnam("nobody")
        os.setgroups([])
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)
        task()

    process = multiprocessing.get_context("fork").Process(target=drop_and_run)
    process.start()
    process.join(60)
    return process.exitcode


def test_the_first_start_makes_a_durable_utf8_database(folder: Path) -> None:
    url = ensure_running(folder / "data")
    settings = ("server_encoding", "fsync", "data_checksums", "max_connections", "listen_addresses")
    shown = [ask(url, f"SHOW {setting}") for setting in settings]
    assert shown == ["UTF8", "on", "on", "200", ""]
    assert ask(url, "SELECT current_database()") == "quantix"
    assert ask(url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is True


def test_a_running_server_is_found_within_20_milliseconds(folder: Path) -> None:
    ensure_running(folder / "data")
    begun = time.perf_counter()
    ensure_running(folder / "data")
    assert time.perf_counter() - begun < 0.02


def test_a_restart_keeps_the_rows_and_the_url(folder: Path) -> None:
    url = ensure_running(folder / "data")
    ask(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    assert stop(folder / "data")
    assert not stop(folder / "data")
    with pytest.raises(psycopg2.OperationalError):
        ask(url, "SELECT 1")
    assert ensure_running(folder / "data") == url
    assert ask(url, "SELECT answer FROM kept") == 42


def test_two_checkouts_have_a_server_each_even_when_one_is_a_copy(folder: Path) -> None:
    first = ensure_running(folder / "one" / "data")
    ask(first, "CREATE TABLE mine ()")
    stop(folder / "one" / "data")
    shutil.copytree(folder / "one", folder / "two", copy_function=copy_with_owner)
    ensure_running(folder / "one" / "data")
    chown_like(folder / "one", folder / "two")
    second = ensure_running(folder / "two" / "data")
    assert first != second
    ask(second, "DROP TABLE mine")
    assert ask(first, "SELECT count(*) FROM mine") == 0


def copy_with_owner(source: str, target: str) -> None:
    shutil.copy2(source, target)
    chown_like(Path(source), Path(target))


def chown_like(source: Path, target: Path) -> None:
    """Give a tree the owners of another, as `cp -a` does."""
    for path in [source, *(source.rglob("*") if source.is_dir() else [])]:
        twin = target / path.relative_to(source)
        if twin.exists():
            os.chown(twin, path.stat().st_uid, path.stat().st_gid)


def test_a_long_path_is_no_hindrance(folder: Path) -> None:
    deep = folder.joinpath(*["a rather long name of a folder"] * 8, "data")
    assert ask(ensure_running(deep), "SELECT 1") == 1


@pytest.mark.slow
def test_starts_at_the_same_time_end_in_one_server(folder: Path) -> None:
    command = [sys.executable, "-m", "quantix.postgres", "--data-dir", str(folder / "data"), "url"]
    starts = [subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    urls = {start.communicate(timeout=60)[0].strip() for start in starts}
    assert urls == {Server(folder / "data").url}
    found = Server((folder / "data").resolve())
    assert postmaster(found) in processes_in(found.pgdata)


@pytest.mark.slow
@pytest.mark.parametrize("victims", ["postmaster", "everything"])
def test_no_committed_row_is_lost_when_the_server_is_killed(folder: Path, victims: str) -> None:
    url = ensure_running(folder / "data")
    found = Server((folder / "data").resolve())
    ask(url, "CREATE TABLE written (number int PRIMARY KEY)")
    acknowledged: list[int] = []
    writer = threading.Thread(target=write_until_it_breaks, args=(url, acknowledged))
    writer.start()
    while len(acknowledged) < 200:
        time.sleep(0.01)
    kill(found, *(processes_in(found.pgdata) if victims == "everything" else [postmaster(found)]))
    assert ensure_running(folder / "data") == url
    writer.join()
    written = ask(url, "SELECT array_agg(number ORDER BY number) FROM written")
    assert isinstance(written, list)
    assert written[: len(acknowledged)] == acknowledged
    assert len(written) - len(acknowledged) in (0, 1), "at most the write under way was not acknowledged"


def write_until_it_breaks(url: str, acknowledged: list[int]) -> None:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        for number in range(1_000_000):
            try:
                cursor.execute("INSERT INTO written VALUES (%s)", [number])
            except psycopg2.Error:
                return
            acknowledged.append(number)


@pytest.mark.slow
def test_a_long_query_left_by_a_killed_postmaster_does_not_keep_the_server_away(folder: Path) -> None:
    url = ensure_running(folder / "data")
    connection = psycopg2.connect(url, async_=True)
    while connection.poll() != psycopg2.extensions.POLL_OK:
        time.sleep(0.01)
    connection.cursor().execute("SELECT count(*) FROM generate_series(1, 10000000000)")
    time.sleep(0.3)
    found = Server((folder / "data").resolve())
    kill(found, postmaster(found))
    assert ask(ensure_running(folder / "data"), "SELECT 1") == 1


def test_a_process_id_used_again_by_somebody_else_is_no_hindrance(folder: Path) -> None:
    ensure_running(folder / "data")
    found = Server((folder / "data").resolve())
    record = (found.pgdata / "postmaster.pid").read_text().split("\n", 1)[1]
    kill(found, *processes_in(found.pgdata))
    (found.pgdata / "postmaster.pid").write_text(f"{os.getpid()}\n{record}")
    assert ask(ensure_running(folder / "data"), "SELECT 1") == 1


def test_data_of_another_major_version_are_refused_with_the_way_out(folder: Path) -> None:
    ensure_running(folder / "data")
    stop(folder / "data")
    (folder / "data" / "data" / "PG_VERSION").write_text("12\n")
    with pytest.raises(PostgresError, match="made by PostgreSQL 12.*Set PG_BINDIR"):
        ensure_running(folder / "data")


def test_data_go_on_with_the_version_that_made_them(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    account = system_account() if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    usual = programs(account, folder)[1]
    installed = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name != str(usual)]
    others = [path for path in installed if version_of(account, path) >= MAJOR_MIN]
    if not others:
        pytest.skip("there is one PostgreSQL only on this machine")
    monkeypatch.setenv("PG_BINDIR", str(others[0]))
    ensure_running(folder / "data")
    stop(folder / "data")
    monkeypatch.delenv("PG_BINDIR")
    made_by = ask(ensure_running(folder / "data"), "SHOW server_version_num")
    assert int(str(made_by)) // 10000 == int(others[0].parent.name)


def test_a_server_that_cannot_start_gives_its_last_words(folder: Path) -> None:
    ensure_running(folder / "data")
    stop(folder / "data")
    with (folder / "data" / "data" / "postgresql.conf").open("a") as configuration:
        configuration.write("no_such_setting = 1\n")
    with pytest.raises(PostgresError, match="no_such_setting"):
        ensure_running(folder / "data")


def test_a_folder_without_programs_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PG_BINDIR", str(folder))
    with pytest.raises(PostgresError, match="in PG_BINDIR"):
        ensure_running(folder / "data")


@needs_root
def test_root_of_a_closed_folder_has_its_data_elsewhere(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "SYSTEM_HOME", folder)
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    assert ask(ensure_running(closed / "data"), "SELECT 1") == 1
    assert closed.stat().st_mode & 0o777 == 0o700
    assert len(list(folder.glob("quantix-*"))) == 1
    remove(closed / "data")
    assert not list(folder.glob("quantix-*"))


@needs_root
@pytest.mark.slow
def test_an_ordinary_user_has_a_server_and_root_may_come_in(folder: Path) -> None:
    folder.chmod(0o777)
    if as_nobody(lambda: programs(pwd.getpwnam("nobody"), folder)) != 0:
        pytest.skip("the programs lie in a folder closed to others")
    assert as_nobody(lambda: ask(ensure_running(folder / "data"), "CREATE TABLE theirs ()")) == 0
    assert Server((folder / "data").resolve()).pgdata.owner() == "nobody"
    assert ask(ensure_running(folder / "data"), "SELECT count(*) FROM theirs") == 0
    stop(folder / "data")
    assert ask(ensure_running(folder / "data"), "SELECT count(*) FROM theirs") == 0
    assert as_nobody(lambda: stop(folder / "data")) == 0


@needs_root
def test_other_users_of_the_machine_do_not_get_in(folder: Path) -> None:
    if not pwd_has("postgres"):
        pytest.skip("root's servers belong to nobody here")
    url = ensure_running(folder / "data")
    Path(url.split("host=")[1]).chmod(0o711)  # Even if they reach the socket.
    assert as_nobody(lambda: ask(url, "SELECT 1")) == 1
    assert ask(url, "SELECT 1") == 1


def pwd_has(name: str) -> bool:
    return any(entry.pw_name == name for entry in pwd.getpwall())
