"""The embedded services' addresses, files and refusals; no server is started here."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from config import binaries, database_url, embedded

NOBODY = (65534, 65534)


@pytest.fixture
def state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(embedded, "service_user", lambda: None)
    return tmp_path_factory.mktemp("s")


def test_the_addresses_name_the_roles_and_the_same_socket() -> None:
    app, owner = (database_url.parse(embedded.postgres_url(role)) for role in ("app", "owner"))
    assert (app["USER"], owner["USER"]) == ("millwright_app", "millwright_owner")
    assert app["NAME"] == owner["NAME"] == "millwright"
    assert app["HOST"] == owner["HOST"] == str(embedded.run_dir())


def test_a_deep_directory_gets_a_short_socket_path(state: Path) -> None:
    deep = state / ("d" * 120)
    socket = embedded.run_dir(deep) / f".s.PGSQL.{embedded.PORT}.lock"
    assert len(os.fsencode(socket)) <= embedded.SOCKET_LIMIT
    assert embedded.run_dir(deep) != embedded.run_dir(state / ("e" * 120))


def test_a_state_directory_the_service_user_cannot_reach_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "home"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr(embedded, "service_user", lambda: NOBODY)
    replaced = embedded.services_dir(closed / "var")
    assert not replaced.is_relative_to(tmp_path)
    assert replaced == embedded.services_dir(closed / "var")
    assert closed.stat().st_mode & 0o777 == 0o700


def test_a_pid_file_of_a_process_that_is_something_else_is_removed(state: Path) -> None:
    postgres = embedded.Postgres(state)
    postgres.data.mkdir()
    pid_file = postgres.data / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{postgres.data}\n")
    postgres._remove_stale_pid()
    assert not pid_file.exists()


def test_data_of_another_version_is_refused_with_the_way_out(state: Path) -> None:
    postgres = embedded.Postgres(state)
    postgres.data.mkdir()
    (postgres.data / "PG_VERSION").write_text("12\n")
    with pytest.raises(embedded.EmbeddedError, match=r"was made by PostgreSQL 12.*make demo-reset"):
        postgres.launch()
    postgres.stop()


def test_a_folder_without_binaries_is_refused(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGBIN", str(state))
    with pytest.raises(embedded.EmbeddedError, match="No PostgreSQL found"):
        binaries.find_postgres()


def test_two_owners_of_one_directory_are_refused(state: Path) -> None:
    first, second = embedded.Valkey(state), embedded.Valkey(state)
    first.take_lock()
    with pytest.raises(embedded.EmbeddedError, match="in use by another process"):
        second.launch()
    first.stop()


def test_a_symbolic_link_in_place_of_the_run_directory_is_refused(state: Path, tmp_path: Path) -> None:
    (state / "run").symlink_to(tmp_path)
    with pytest.raises(embedded.EmbeddedError, match="symbolic link"):
        embedded.Valkey(state).launch()


def test_a_reset_forgets_only_what_was_made_here(state: Path) -> None:
    (state / "postgres").mkdir()
    (state / "log").mkdir()
    (state / "mine.txt").write_text("kept")
    embedded.reset(state)
    assert sorted(path.name for path in state.iterdir()) == ["mine.txt", "postgres.lock", "valkey.lock"]


def test_a_reset_is_refused_while_the_services_are_in_use(state: Path) -> None:
    (state / "valkey").mkdir()
    owner = embedded.Valkey(state)
    owner.take_lock()
    with pytest.raises(embedded.EmbeddedError, match="in use by another process"):
        embedded.reset(state)
    owner.stop()
    assert (state / "valkey").exists()
