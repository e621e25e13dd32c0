"""Statements that almost every request runs: prepared once per connection, their results read in binary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection

PREPARED_AFTER = 5


def read(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run it on the request's own connection, past Django's cursor; queries that are being counted go through that."""
    return run(sql, params, answers=True)


def write(sql: str, params: Sequence[Any]) -> None:
    """As `read`, for a statement without an answer."""
    run(sql, params, answers=False)


def run(sql: str, params: Sequence[Any], *, answers: bool) -> list[tuple[Any, ...]]:
    if connection.queries_logged:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return cursor.fetchall() if answers else []
    connection.ensure_connection()
    raw = connection.connection
    # Django turns preparing off for the whole connection; its own cursors never prepare anyway.
    raw.prepare_threshold = PREPARED_AFTER
    with connection.wrap_database_errors, psycopg.Cursor(raw) as cursor:
        # Binary results skip Django's loader of timestamps, which parses each one in Python.
        cursor.execute(sql, params, prepare=True, binary=answers)
        return cursor.fetchall() if answers else []
