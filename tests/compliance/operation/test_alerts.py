"""Alerts as receivers get them: once per reason, bundled, in their language, and with nobody's data."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.opening import NotTold
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.settings import AlertSettings
from tests.compliance.operation.conftest import PREFIX, Engine
from tests.unit.compliance import packs as small


@pytest.fixture
def heard(engine: Engine) -> Engine:
    """One with a recipient of what is high, in English."""
    engine.recipient("ops")
    return engine


def test_a_violation_is_told_once_with_all_that_is_needed(heard: Engine) -> None:
    url = heard.listen()
    ran = heard.run()
    (message,) = heard.received(url)
    reference = heard.findings()["W1"]["reference"]
    assert {name: message[name] for name in ("kind", "rule", "severity", "employer_id", "language")} == {
        "kind": "new",
        "rule": "CAP",
        "severity": "high",
        "employer_id": "E1",
        "language": "en",
    }
    for said in ("CAP, Overtime", "Act, article 1", "high", reference, "Less", "Cases: 1", ran.evaluated.artefacts):
        assert said in message["body"]
    assert "W1" not in str(message)
    assert ran.told.cases == {"new": 1, "escalated": 0, "resolved": 0}
    row = heard.findings()["W1"]
    assert (row["alerted_at"], row["alerted_severity"]) == (heard.now, "high")
    assert heard.findings()["W2"]["alerted_at"] is None
    heard.now += timedelta(hours=5)
    assert heard.run().told.messages == 0
    assert heard.received(url) == []


def test_in_each_language_and_only_to_those_who_want_it(engine: Engine) -> None:
    engine.recipient("ops", "critical", "en")
    engine.recipient("legal", "low", "ja")
    english, japanese = engine.listen("en", ("critical",)), engine.listen("ja", ("critical", "high", "medium", "low"))
    assert engine.run().told.messages == 1
    assert engine.received(english) == []
    (message,) = engine.received(japanese)
    assert "規則：CAP 時間外労働" in message["body"]
    assert "重大度：高" in message["body"]


def test_nobody_to_tell_leaves_findings_due(engine: Engine) -> None:
    url = engine.listen()
    assert engine.run().warnings == ["the registry has no recipients: nobody is told of anything"]
    engine.recipient("ops", "critical")
    engine.now += timedelta(hours=1)
    assert engine.run().told.unwanted == 1
    engine.recipient("legal", "high")
    engine.now += timedelta(hours=1)
    ran = engine.run()
    assert (ran.told.cases["new"], ran.changed) == (1, True)
    assert len(engine.received(url)) == 1


def test_many_findings_are_few_messages(heard: Engine) -> None:
    url = heard.listen()
    for number in range(40):
        heard.work(f"P{number}", 6000)
    ran = heard.run(alerts=AlertSettings(references=5))
    (message,) = heard.received(url)
    assert ran.told.cases["new"] == 41
    assert "Cases: 41" in message["body"]
    assert "and 36 more" in message["body"]
    assert sum(row["reference"] in message["body"] for row in heard.findings().values()) == 5
    assert all(row["alerted_at"] for row in heard.findings().values() if row["verdict"] == "violation")


def test_one_that_stays_is_told_again_as_a_step_more_severe(heard: Engine) -> None:
    heard.recipient("board", "critical")
    url, board = heard.listen(), heard.listen("en", ("critical",))
    heard.run()
    heard.now += timedelta(days=6, hours=23)
    assert heard.run().told.messages == 0
    first = heard.received(url)
    heard.now += timedelta(hours=1)
    assert heard.run().told.cases["escalated"] == 1
    (message,) = heard.received(board)
    assert (message["kind"], message["severity"]) == ("escalated", "critical")
    assert "Severity: high" in message["body"]
    assert "Open since: 2026-11-20 12:00 JST" in message["body"]
    assert message["deduplication_id"] != first[0]["deduplication_id"]
    heard.now += timedelta(days=1)
    assert heard.run().told.messages == 0
    heard.now += timedelta(days=7)
    assert heard.run().told.cases["escalated"] == 1


def test_a_rule_that_became_more_severe_is_told_at_once(heard: Engine, tmp_path: Any) -> None:
    url = heard.listen()
    heard.run()
    heard.received(url)
    documents = small.files()
    documents["rules/CAP.yml"]["severity"] = "critical"
    heard.register(small.write(tmp_path / "critical", documents))
    heard.now += timedelta(hours=1)
    heard.run()
    (message,) = heard.received(url)
    assert (message["kind"], message["severity"]) == ("escalated", "critical")


def test_one_that_is_gone_is_told_to_those_who_heard_of_it(heard: Engine) -> None:
    url = heard.listen()
    heard.run()
    heard.received(url)
    reference = heard.findings()["W1"]["reference"]
    heard.work("W1", 60)
    heard.work("W2", 60)
    heard.now += timedelta(days=1)
    ran = heard.run()
    assert len(ran.merged.resolved) == 2
    (message,) = heard.received(url)
    assert (message["kind"], message["severity"]) == ("resolved", "high")
    assert reference in message["body"]
    assert heard.findings()["W1"]["alerted_at"] is None
    heard.now += timedelta(days=1)
    assert heard.run().told.messages == 0
    heard.work("W1", 6000)
    heard.now += timedelta(days=1)
    heard.run()
    assert [each["kind"] for each in heard.received(url)] == ["new"]


def test_a_violation_that_lacks_data_now_is_not_gone(heard: Engine) -> None:
    url = heard.listen()
    heard.run()
    heard.received(url)
    heard.work("W1", None)
    heard.now += timedelta(days=8)
    heard.run()
    assert heard.findings()["W1"]["verdict"] == "unknown"
    assert heard.received(url) == []


def test_a_topic_that_refuses_does_not_stop_the_others(heard: Engine) -> None:
    heard.recipient("other", kind="sns", address="no-such-topic")
    url = heard.listen()
    with pytest.raises(NotTold, match="no-such-topic"):
        heard.run()
    first = heard.received(url)
    assert heard.findings()["W1"]["alerted_at"] is None
    heard.account.client("sns").create_topic(Name="no-such-topic")
    heard.now += timedelta(hours=1)
    assert heard.run().told.messages == 2
    # The same message again, and recognisable as such.
    assert [each["deduplication_id"] for each in heard.received(url)] == [first[0]["deduplication_id"]]


def test_what_sns_does_not_take_stays_due(heard: Engine) -> None:
    url = heard.listen()
    topic = f"{PREFIX}-elsewhere"
    with pytest.raises(NotTold):
        heard.run(topic=topic)
    assert len(heard.sql("SELECT 1 FROM compliance.evaluations")) == 1
    assert heard.run().told.cases["new"] == 1
    assert len(heard.received(url)) == 1


def test_an_earlier_day_and_a_question_tell_nobody(heard: Engine) -> None:
    url = heard.listen()
    heard.run()
    heard.received(url)
    heard.work("W5", 6000)
    heard.run(as_of=date(2026, 11, 1))
    heard.run(law_date=date(2023, 6, 1))
    heard.run(check=True)
    assert heard.received(url) == []


def test_only_what_is_asked_for_is_told(heard: Engine) -> None:
    url = heard.listen()
    settings = replace(AlertSettings(), verdicts=("violation", "warning"))
    assert heard.run(alerts=settings).told.cases["new"] == 2
    heard.sql("UPDATE compliance.findings SET alerted_at = NULL")
    heard.now += timedelta(hours=1)
    assert heard.run(alerts=replace(settings, statuses=("advisory",))).told.messages == 0
    assert len(heard.received(url)) == 1
