from __future__ import annotations

from base64 import b64decode

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres_scram as scram

# RFC 7677, section 3: user "user", password "pencil".
SALT = "W22ZaJ0SNY7soEsUEjb6gQ=="
STORED = "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY="
SERVER = "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
PENCIL = f"SCRAM-SHA-256$4096:{SALT}${STORED}:{SERVER}"


def test_the_example_of_the_rfc():
    assert scram._verifier("pencil", b64decode(SALT), 4096) == PENCIL


def test_a_verifier_belongs_to_its_password_and_no_other():
    made = scram.verifier("a-password")
    assert scram.matches("a-password", made)
    assert not scram.matches("another", made)
    assert not scram.matches("a-password", "md5" + "0" * 32)


def test_two_verifiers_of_a_password_differ_by_their_salt():
    assert scram.verifier("a-password") != scram.verifier("a-password")


def test_keys_are_those_of_the_verifier():
    keys = scram.keys("pencil", PENCIL)
    assert keys["scram_server_key"] == SERVER
    assert len(b64decode(keys["scram_client_key"])) == 32
    with pytest.raises(ValueError, match="not a SCRAM-SHA-256 verifier"):
        scram.keys("pencil", "pencil")
