# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Places that deliver data as files: a directory, or a prefix of a bucket."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.delivery import (
    Delivery,
    SourceError,
    by_table,
    table_of,
)
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.schema import Table

with suppress(ImportError):  # AnsibleAWSModule, and Clients themselves, report what is missing
    from botocore.exceptions import BotoCoreError, ClientError

CHUNK = 1 << 20


@dataclass(frozen=True)
class Directory:
    """Files in a directory: ``workers.csv`` or ``workers.parquet``, or several of them in a folder ``workers``."""

    path: Path

    def deliver(self, tables: Mapping[str, Table], directory: Path) -> Delivery:
        """The files stay where they are. Raises SourceError when there are none."""
        if not self.path.is_dir():
            raise SourceError(f"{self.path}: is no directory")
        files = [path for path in self.path.rglob("*") if path.is_file()]
        found = by_table((PurePosixPath(path.relative_to(self.path)), path) for path in files)
        if not found:
            raise SourceError(f"{self.path}: has no files of data (<table>.csv or <table>.parquet)")
        return Delivery({"kind": "directory", "path": str(self.path), "taken_at": _now()}, found)


@dataclass(frozen=True)
class Bucket:
    """Objects below ``s3://bucket/prefix``, named as the files of a directory.

    :param clients: with the connection options of the task (``_aws.session.Clients``).
    """

    url: str
    clients: Any

    def deliver(self, tables: Mapping[str, Table], directory: Path) -> Delivery:
        """Download the objects (s3:ListObjectsV2, s3:GetObject). Raises SourceError when there are none."""
        etags = {}
        files = []
        for name, etag, path in self._download(directory, only_data=True):
            etags[str(name)] = etag
            files.append((name, path))
        if not files:
            raise SourceError(f"{self.url}: has no objects of data (<table>.csv or <table>.parquet)")
        taken_from = {"kind": "s3", "url": self.url, "objects": etags, "taken_at": _now()}
        return Delivery(taken_from, by_table(files))

    def copy_to(self, directory: Path) -> None:
        """Download all objects, such as those of a snapshot (s3:ListObjectsV2, s3:GetObject). Raises SourceError."""
        if not self._download(directory, only_data=False):
            raise SourceError(f"{self.url}: has no objects")

    def _download(self, directory: Path, only_data: bool) -> list[tuple[PurePosixPath, str, Path]]:
        parts = urlsplit(self.url)
        if parts.scheme != "s3" or not parts.netloc:
            raise SourceError(f"{self.url}: is not of the form s3://bucket/prefix")
        prefix = parts.path.strip("/")
        prefix = f"{prefix}/" if prefix else ""
        client = self.clients.client("s3")
        found = []
        try:
            pages = client.get_paginator("list_objects_v2").paginate(Bucket=parts.netloc, Prefix=prefix)
            for listed in (listed for page in pages for listed in page.get("Contents", ())):
                name = PurePosixPath(listed["Key"].removeprefix(prefix))
                if listed["Key"].endswith("/") or (only_data and table_of(name) is None):
                    continue
                if ".." in name.parts or name.is_absolute():
                    raise SourceError(f"{self.url}: refuses the object {listed['Key']}: it would leave the directory")
                path = directory / name
                path.parent.mkdir(parents=True, exist_ok=True)
                # An object that is replaced meanwhile is refused, not mixed with what was listed.
                body = client.get_object(Bucket=parts.netloc, Key=listed["Key"], IfMatch=listed["ETag"])["Body"]
                with path.open("wb") as file:
                    for chunk in body.iter_chunks(CHUNK):
                        file.write(chunk)
                found.append((name, listed["ETag"].strip('"'), path))
        except (ClientError, BotoCoreError) as error:
            raise SourceError(f"{self.url}: {error}") from error
        return found


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
