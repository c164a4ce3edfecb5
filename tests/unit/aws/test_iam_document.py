from __future__ import annotations

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.iam_document import (
    MANAGED_SIZE,
    almighty,
    errors_in,
    inline_errors,
    size,
    unbounded,
)


def document(**statement):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}


@pytest.mark.parametrize(
    ("statement", "found", "all_powerful"),
    [
        ({"Action": "*", "Resource": "*"}, ["*"], True),
        ({"Action": ["s3:*"], "Resource": ["arn:aws:s3:::a", "*"]}, ["s3:*"], True),
        ({"Action": ["s3:Get*", "s3:PutObject"], "Resource": "*"}, ["s3:Get*"], False),
        ({"Action": "s3:PutObject", "Resource": "*"}, [], False),
        ({"Action": "s3:*", "Resource": "arn:aws:s3:::a"}, [], False),
        ({"Action": "s3:*", "NotResource": "arn:aws:s3:::a"}, ["s3:*"], True),
        ({"NotAction": ["iam:*"], "Resource": "*"}, ["all but iam:*"], True),
        ({"Effect": "Deny", "Action": "*", "Resource": "*"}, [], False),
        ({"Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}, [], False),
    ],
)
def test_what_is_allowed_without_bounds(statement, found, all_powerful):
    assert unbounded(document(**statement)) == found
    assert almighty(document(**statement)) is all_powerful


def test_a_single_statement_needs_no_list():
    assert unbounded({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}) == ["*"]


def test_white_space_does_not_count():
    assert size({"a": [1, 2]}) == len('{"a":[1,2]}')


def test_a_document_that_is_too_long():
    long = document(Action="s3:GetObject", Resource=[f"arn:aws:s3:::{number:0100d}" for number in range(60)])
    assert errors_in("policy_document", long) == []
    (error,) = errors_in("policy_document", long, MANAGED_SIZE)
    assert f"{size(long)} characters long, and IAM takes 6144" in error
    assert inline_errors({"inline_policies": {"a": long, "b": long}}, 10240)[0].startswith("inline_policies are ")


@pytest.mark.parametrize("wrong", [None, "x", []])
def test_what_is_no_document(wrong):
    assert errors_in("policy_document", wrong) == ["policy_document must be a policy document"]
