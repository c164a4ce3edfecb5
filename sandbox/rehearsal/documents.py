"""What people uploaded: objects in the bucket of documents, and the tables that name them."""

from __future__ import annotations

import hashlib
from random import Random
from typing import Any

from sandbox.rehearsal.making import Row, Tables, ago
from sandbox.rehearsal.persons import SEED, of_kind


def objects() -> dict[str, bytes]:
    """Content by key: a curriculum vitae of each candidate, a certificate of some."""
    made = {}
    for one in of_kind("candidate"):
        made[f"subjects/{one.id}/cv.txt"] = f"Curriculum vitae of {one.name} <{one.email}> (rehearsal)\n".encode()
        if one.number % 20 == 1:
            made[f"subjects/{one.id}/certificate.txt"] = f"Certificate of {one.name} (rehearsal)\n".encode()
    return made


def rows() -> Tables:
    """The tables of the service document."""
    random = Random(f"{SEED}/document")
    documents: list[Row] = []
    for number, (key, content) in enumerate(objects().items(), 1):
        uploaded = ago(random, 10, 900)
        documents.append(
            {"document_id": f"U-{number:06d}", "subject_id": key.split("/")[1], "kind": key.split("/")[2][:-4],
             "file_name": key.split("/")[2], "object_key": key, "sha256": hashlib.sha256(content).hexdigest(),
             "scanned_at": uploaded, "uploaded_at": uploaded, "deleted_at": None}
        )  # fmt: skip
    certificates = [one for one in documents if one["kind"] == "certificate"]
    return {
        "document.documents": documents,
        "document.renditions": [
            {"rendition_id": f"{one['document_id']}-png", "document_id": one["document_id"], "format": "png",
             "made_at": one["uploaded_at"]}
            for one in documents
        ],
        "sensitive.certificates": [
            {"certificate_id": f"{one['document_id']}-c", "document_id": one["document_id"],
             "subject_id": one["subject_id"], "finding": "異常なし（架空）",
             "residence_status": None, "valid_until": None}
            for one in certificates
        ],
    }  # fmt: skip


def upload(s3: Any, bucket: str) -> bool:
    """Put what is not there; False when everything was (ListObjectsV2, PutObject)."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="subjects/")
    there = {item["Key"] for page in pages for item in page.get("Contents", [])}
    missing = {key: content for key, content in objects().items() if key not in there}
    for key, content in missing.items():
        s3.put_object(Bucket=bucket, Key=key, Body=content, ContentType="text/plain")
    return bool(missing)
