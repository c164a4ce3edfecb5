"""A Lua filter as Fluent Bit calls it, in LuaJIT, which the package lupa brings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lupa import luajit21 as luajit


class Filter:
    """One script in a Lua state of its own, as one instance of Fluent Bit has it; not for several threads at once.

    :param call: the function that is called with each record.
    """

    def __init__(self, script: Path, call: str) -> None:
        self._lua = luajit.LuaRuntime(unpack_returned_tuples=True, encoding="utf-8")
        self.module = self._lua.execute(f"return dofile({str(script)!r})")
        self._call = self._lua.eval(call)

    def record(self, record: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """What the callback answers: -1 to drop the record, 0 to leave it as it was, 1 or 2 and another one."""
        code, _timestamp, found = self._call("kube.sandbox", 0.0, self._table(record))
        return int(code), self._plain(found, record)

    def raw(self, record: object) -> tuple[int, dict[str, Any]]:
        """The same for what is no record."""
        code, _timestamp, found = self._call("kube.sandbox", 0.0, record)
        return int(code), self._plain(found, {})

    def _table(self, value: Any) -> Any:
        if isinstance(value, dict):
            return self._lua.table_from({key: self._table(one) for key, one in value.items()})
        return self._lua.table_from([self._table(one) for one in value]) if isinstance(value, list) else value

    def _plain(self, value: Any, model: Any) -> Any:
        """A table as JSON; model tells lists from maps, as Fluent Bit's own types do."""
        if luajit.lua_type(value) != "table":
            return value
        if isinstance(model, list):
            return [self._plain(value[n + 1], one) for n, one in enumerate(model)]
        models = model if isinstance(model, dict) else {}
        return {key: self._plain(one, models.get(key, one)) for key, one in value.items()}
