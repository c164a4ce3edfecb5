from __future__ import annotations

import threading

import pytest

from .conftest import client_error

ACCOUNT = {"sts:GetCallerIdentity": {"Account": "210987654321", "Arn": "arn:aws:iam::210987654321:user/unit"}}


def test_an_arn_names_this_account_and_region(scripted):
    context = scripted(ACCOUNT)
    assert context.arn("sns", "alerts") == "arn:aws:sns:ap-northeast-1:210987654321:alerts"
    assert context.arn("iam", "role/x", region=False) == "arn:aws:iam::210987654321:role/x"
    assert context.clients.made == [("sts:GetCallerIdentity", {})]


def test_pages_are_read_to_the_end(scripted):
    def page(params):
        return {"Topics": [{"TopicArn": params.get("NextToken", "1")}], **({} if params else {"NextToken": "2"})}

    context = scripted({"sns:ListTopics": page})
    assert [t["TopicArn"] for t in context.pages("sns", "list_topics", "Topics")] == ["1", "2"]
    assert context.clients.made == [("sns:ListTopics", {}), ("sns:ListTopics", {"NextToken": "2"})]


def test_an_operation_without_pages_is_called_once(scripted):
    context = scripted({"opensearch:ListDomainNames": {"DomainNames": [{"DomainName": "a"}]}})
    assert context.pages("opensearch", "list_domain_names", "DomainNames") == [{"DomainName": "a"}]
    assert scripted().pages("opensearch", "list_domain_names", "DomainNames") == []


def test_each_runs_side_by_side_and_keeps_the_order(scripted):
    together = threading.Barrier(4, timeout=5)

    def double(number: int) -> int:
        together.wait()
        return number * 2

    assert scripted().each(double, [3, 1, 2, 0]) == [6, 2, 4, 0]


def test_each_raises_the_first_error(scripted):
    context = scripted({"sns:ListTopics": client_error("AuthorizationError")})
    with pytest.raises(Exception, match="AuthorizationError"):
        context.each(lambda _n: context.client("sns").list_topics(), range(3))
