# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The hash of a table's content: equal rows in equal order give equal hashes, however a Parquet file encodes them."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import canonical, sha256

with suppress(ImportError):  # evaluate.require() says so
    import pyarrow
    import pyarrow.compute
    import pyarrow.parquet

BATCH_ROWS = 65536
THREADS = 2


class _ColumnHash:
    """Which rows have a value, the values, and the lengths of texts: a hash each, so that batches don't matter."""

    def __init__(self) -> None:
        self._present, self._values, self._lengths = (hashlib.sha256() for _each in range(3))

    def update(self, array: Any) -> None:
        self._present.update(_buffer(array.is_valid().cast(pyarrow.uint8())))
        if pyarrow.types.is_string(array.type) or pyarrow.types.is_large_string(array.type):
            array = pyarrow.compute.fill_null(array, "")
            self._lengths.update(_buffer(pyarrow.compute.binary_length(array).cast(pyarrow.int32())))
            self._values.update(_text(array.cast(pyarrow.large_string())))
            return
        if pyarrow.types.is_boolean(array.type):
            array = array.cast(pyarrow.uint8())
        # What lies where a value is missing is anything.
        zero = pyarrow.Array.from_buffers(array.type, 1, [None, pyarrow.py_buffer(bytes(16))])[0]
        self._values.update(_buffer(pyarrow.compute.fill_null(array, zero)))

    def digest(self) -> list[str]:
        return [part.hexdigest() for part in (self._present, self._values, self._lengths)]


def table_hash(path: Path) -> tuple[int, dict[str, str], str]:
    """Return the rows, the columns with their Arrow types and the hash of a Parquet file's content.

    Raises pyarrow.ArrowException and OSError for a file that can't be read.
    """
    # Arrow and hashlib let go of the interpreter while they work.
    with pyarrow.parquet.ParquetFile(path) as file, ThreadPoolExecutor(THREADS) as pool:
        types = {field.name: str(field.type) for field in file.schema_arrow}
        columns = {name: _ColumnHash() for name in types}
        rows = 0
        for batch in file.iter_batches(batch_size=BATCH_ROWS):
            rows += batch.num_rows
            for hashed in [pool.submit(column.update, batch.column(name)) for name, column in columns.items()]:
                hashed.result()
    digests = [[name, types[name], *column.digest()] for name, column in columns.items()]
    return rows, types, sha256(canonical([rows, digests]))


def _buffer(array: Any) -> memoryview:
    """The values of an array of fixed width, without what lies around its slice."""
    width = array.type.bit_width // 8
    return memoryview(array.buffers()[1])[array.offset * width : (array.offset + len(array)) * width]


def _text(array: Any) -> memoryview:
    """The characters of an array of texts, one after another."""
    offsets = memoryview(array.buffers()[1]).cast("q")[array.offset : array.offset + len(array) + 1]
    data = array.buffers()[2]
    return memoryview(data)[offsets[0] : offsets[-1]] if data is not None and len(array) else memoryview(b"")
