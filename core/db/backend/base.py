"""PostgreSQL, told at the start of every transaction which tenant and actor it works for."""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base

from core import context

SETTINGS_SQL = (
    "SELECT set_config('app.tenant', %s, true), set_config('app.actor', %s, true), set_config('app.user', %s, true),"
    " set_config('app.source', %s, true), set_config('app.request', %s, true)"
)


class DatabaseWrapper(base.DatabaseWrapper):
    """Settings are local to the transaction: a kept connection can never carry one request's tenant into the next."""

    told: tuple[str, ...] | None = None

    def _set_autocommit(self, autocommit: bool) -> None:
        super()._set_autocommit(autocommit)  # type: ignore[misc]
        self.told = None
        if not autocommit:
            self.autocommit = False  # Django notes it only after this returns
            self.apply_context()

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]
        # set_config is transactional: rolling back to a savepoint restores what was told before it.
        self.told = None
        self.apply_context()

    def apply_context(self) -> None:
        """Tell the open transaction the current context, if it has not heard it yet."""
        if self.connection is None or self.get_autocommit() or self.needs_rollback:
            return
        values = context.current().settings()
        if values == self.told:
            return
        if self.connection.closed or self.connection.info.transaction_status == 3:  # INERROR: nothing can be told
            return
        self.connection.execute(SETTINGS_SQL, values, prepare=True)
        self.told = values

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        self.told = None
        return super().get_new_connection(conn_params)
