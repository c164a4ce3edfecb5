# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an evaluation leaves in the bucket. Objects are locked by the bucket's own default, and never written twice:
the id of an evaluation stands for its content."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import error_code

with suppress(ImportError):  # whoever made the client has boto3
    from botocore.exceptions import ClientError

EXISTS = "PreconditionFailed"


def put(client: Any, bucket: str, prefix: str, files: Iterable[Path]) -> None:
    """Upload files below a prefix (s3:PutObject); those that are there stay. Raises ClientError."""
    for path in files:
        key = f"{prefix}{path.name}"
        with path.open("rb") as body:
            try:
                client.put_object(Bucket=bucket, Key=key, Body=body, ChecksumAlgorithm="SHA256", IfNoneMatch="*")
            except ClientError as error:
                if error_code(error) != EXISTS:
                    raise


def compressed(path: Path, directory: Path) -> Path:
    """A file as gzip: the same bytes for the same content."""
    target = directory / f"{path.name}.gz"
    with (
        path.open("rb") as source,
        target.open("wb") as file,
        gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as archive,
    ):
        shutil.copyfileobj(source, archive)
    return target
