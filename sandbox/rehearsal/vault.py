"""My Numbers as the service compliance keeps them: each encrypted with a data key of the vault's own key of KMS."""

from __future__ import annotations

import os
from datetime import date
from random import Random
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sandbox.rehearsal.making import Tables, ago
from sandbox.rehearsal.persons import SEED, persons

HOLDERS = 40
PURPOSE = "tax"
OBTAINED = date(2025, 4, 1)


def rows() -> Tables:
    """The vault's tables, with numbers in place of ciphertext."""
    random = Random(f"{SEED}/vault")
    held = [
        {"record_id": f"Y-{one.number:06d}", "subject_id": one.id, "ciphertext": one.my_number, "data_key": None,
         "stored_for": PURPOSE, "obtained_on": OBTAINED, "delete_after": None}
        for one in persons()[:HOLDERS]
    ]  # fmt: skip
    return {
        "my_number.numbers": held,
        "my_number.accesses": [
            {"access_id": f"{one['record_id']}-1", "record_id": one["record_id"], "by_subject_id": "S-000194",
             "purpose": "year-end adjustment", "at": ago(random, 1, 300)}
            for one in held
        ],
    }  # fmt: skip


def sealed(tables: Tables, kms: Any, key: str) -> Tables:
    """The same with ciphertext (kms:GenerateDataKey): nonce, then AES-256-GCM bound to the record's id."""
    given = kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    cipher = AESGCM(given["Plaintext"])
    numbers = []
    for row in tables["my_number.numbers"]:
        nonce = os.urandom(12)
        text = nonce + cipher.encrypt(nonce, row["ciphertext"].encode(), row["record_id"].encode())
        numbers.append({**row, "ciphertext": text, "data_key": given["CiphertextBlob"]})
    return {**tables, "my_number.numbers": numbers}
