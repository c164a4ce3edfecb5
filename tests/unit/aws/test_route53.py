from __future__ import annotations

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.route53 import HealthCheck, HostedZone, Record
from ansible_collections.iworkz.platform.plugins.module_utils._aws.route53_common import plain, tags_of
from ansible_collections.iworkz.platform.plugins.module_utils._aws.route53_records import suffixes
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from tests.unit.aws.scripted import context

OURS = [{"Key": "Platform", "Value": "iworkz"}]


def zone(name, identifier, private=False):
    return {"Id": f"/hostedzone/{identifier}", "Name": name, "CallerReference": "x", "Config": {"PrivateZone": private}}


def zones(*found):
    return {"HostedZones": list(found), "IsTruncated": False}


def tagged(**tags):
    def answer(params):
        sets = [{"ResourceId": one, "ResourceType": "x", "Tags": tags.get(one, [])} for one in params["ResourceIds"]]
        return {"ResourceTagSets": sets}

    return answer


def records(*found):
    return {"ResourceRecordSets": list(found), "IsTruncated": False}


def cname(name, value, **others):
    return {"Name": f"{name}.", "Type": "CNAME", "TTL": 5, "ResourceRecords": [{"Value": value}], **others}


@pytest.mark.parametrize(
    ("told", "name"), [("Iworkz.JP.", "iworkz.jp"), ("\\052.iworkz.jp.", "*.iworkz.jp"), ("iworkz.jp", "iworkz.jp")]
)
def test_names_have_one_form(told, name):
    assert plain(told) == name


def test_suffixes_begin_with_the_longest():
    assert suffixes("a.b.jp") == ["a.b.jp", "b.jp", "jp"]


def test_tags_are_read_by_tens():
    clients, ctx = context({"ListTagsForResources": tagged(z0=OURS)})
    assert tags_of(ctx, "hostedzone", [f"z{number}" for number in range(21)])["z0"] == {"Platform": "iworkz"}
    assert sorted(len(parameters["ResourceIds"]) for _, parameters in clients.made) == [1, 10, 10]


def test_a_record_is_in_the_zone_with_the_longest_name():
    answers = {
        "ListHostedZones": zones(zone("jp.", "TOP"), zone("iworkz.jp.", "PARENT"), zone("api.iworkz.jp.", "CHILD")),
        "ListResourceRecordSets": records(cname("x.api.iworkz.jp", "a.example")),
    }
    clients, ctx = context(answers)
    assert Record(ctx).read(["x.api.iworkz.jp CNAME"])["x.api.iworkz.jp CNAME"]["_zone"] == "CHILD"
    assert [p["HostedZoneId"] for operation, p in clients.made if operation == "ListResourceRecordSets"] == ["CHILD"]


def test_what_route_53_keeps_itself_and_what_is_in_other_zones_is_not_purged():
    own = [
        {"Name": "iworkz.jp.", "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": "ns"}]} for kind in ("NS", "SOA")
    ]
    answers = {
        "ListHostedZones": zones(zone("iworkz.jp.", "OURS"), zone("example.jp.", "THEIRS")),
        "ListTagsForResources": tagged(OURS=OURS),
        "ListResourceRecordSets": records(*own, cname("www.iworkz.jp", "a.example")),
    }
    clients, ctx = context(answers)
    found = Record(ctx).read(None)
    assert list(found) == ["www.iworkz.jp CNAME"]
    assert Record(ctx).owns(found["www.iworkz.jp CNAME"])
    assert [p["HostedZoneId"] for operation, p in clients.made if operation == "ListResourceRecordSets"] == ["OURS"]


def test_a_shared_name_is_ours_and_the_others_are_told_apart():
    answers = {
        "ListHostedZones": zones(zone("iworkz.jp.", "OURS"), zone("iworkz.jp.", "THEIRS")),
        "ListTagsForResources": tagged(OURS=OURS),
    }
    _, ctx = context(answers)
    assert {name: state["_id"] for name, state in HostedZone(ctx).read(["iworkz.jp"]).items()} == {"iworkz.jp": "OURS"}
    assert set(HostedZone(ctx).read(None)) == {"iworkz.jp", "iworkz.jp THEIRS"}


def test_a_shared_name_that_is_nobodys_is_an_error_for_who_asks_for_it():
    _, ctx = context(
        {"ListHostedZones": zones(zone("a.jp.", "ONE"), zone("a.jp.", "TWO")), "ListTagsForResources": tagged()}
    )
    with pytest.raises(ReconcileError, match="ONE and TWO"):
        HostedZone(ctx).read(["a.jp"])
    assert len(HostedZone(ctx).read(None)) == 2


CHANGED = {"ChangeInfo": {"Id": "/change/C1", "Status": "PENDING", "SubmittedAt": None}}


def upserts(clients):
    made = [p["ChangeBatch"]["Changes"] for operation, p in clients.made if operation == "ChangeResourceRecordSets"]
    return [(change["Action"], change["ResourceRecordSet"]) for (change,) in made]


def test_an_update_writes_the_whole_record():
    clients, ctx = context(
        {
            "ListHostedZones": zones(zone("a.jp.", "Z")),
            "ListResourceRecordSets": records(cname("www.a.jp", "x.jp", SetIdentifier="one", Weight=5)),
            "ChangeResourceRecordSets": CHANGED,
        }
    )
    adapter = Record(ctx)
    (current,) = adapter.read(["www.a.jp CNAME one"]).values()
    item = {"name": "www.a.jp", "type": "CNAME", "set_identifier": "one", "ttl": 60}
    adapter.update("www.a.jp CNAME one", adapter.prepare(item, True), current, ("ttl",))
    whole = {"Name": "www.a.jp", "Type": "CNAME", "SetIdentifier": "one", "Weight": 5, "TTL": 60}
    assert upserts(clients) == [("UPSERT", whole | {"ResourceRecords": [{"Value": "x.jp"}]})]


def test_a_record_is_ready_when_every_server_has_it():
    statuses = iter(["PENDING", "INSYNC"])
    clients, ctx = context(
        {
            "ListHostedZones": zones(zone("a.jp.", "Z")),
            "ChangeResourceRecordSets": CHANGED,
            "GetChange": lambda _: {"ChangeInfo": {"Status": next(statuses)}},
        }
    )
    adapter = Record(ctx)
    item = {"name": "www.a.jp", "type": "A", "ttl": 60, "resource_records": [{"value": "192.0.2.1"}]}
    desired = adapter.prepare(item, True)
    adapter.create("www.a.jp A", desired)
    assert [adapter.ready(desired), adapter.ready(desired)] == [False, True]
    assert adapter.ready({**desired, "name": "other.a.jp"})
    assert clients.made[-1] == ("GetChange", {"Id": "/change/C1"})


def test_a_deletion_names_the_record_as_it_was_read():
    raw = cname("www.a.jp", "X.jp.")
    clients, ctx = context(
        {
            "ListHostedZones": zones(zone("a.jp.", "Z")),
            "ListResourceRecordSets": records(raw),
            "ChangeResourceRecordSets": CHANGED,
        }
    )
    (current,) = Record(ctx).read(["www.a.jp CNAME"]).values()
    Record(ctx).delete("www.a.jp CNAME", current)
    assert upserts(clients) == [("DELETE", raw)]


def test_a_name_without_a_zone_is_an_error():
    _, ctx = context({"ListHostedZones": zones(zone("a.jp.", "Z"))})
    with pytest.raises(ReconcileError, match=r"no hosted zone for www\.b\.jp"):
        Record(ctx).create("www.b.jp A", {"name": "www.b.jp", "type": "A"})


def test_vpcs_come_before_they_go():
    clients, ctx = context({"AssociateVPCWithHostedZone": {}, "DisassociateVPCFromHostedZone": {}})
    have, want = {"vpc_id": "vpc-1", "vpc_region": "r1"}, {"vpc_id": "vpc-2", "vpc_region": "r2"}
    HostedZone(ctx).update("a.jp", {"vpcs": [want]}, {"_id": "Z", "vpcs": [have]}, ("vpcs",))
    assert [operation for operation, _ in clients.made] == list(ctx.clients.answers)


def test_what_cannot_be_changed_is_refused():
    _, ctx = context({})
    public, private = ({"hosted_zone_config": {"private_zone": flag}, "_id": "Z"} for flag in (False, True))
    with pytest.raises(ReconcileError, match="private or public"):
        HostedZone(ctx).update("a.jp", public, private, ("hosted_zone_config",))
    http, tcp = ({"health_check_config": {"type": kind}, "_id": "H"} for kind in ("HTTP", "TCP"))
    with pytest.raises(ReconcileError, match="type cannot be changed"):
        HealthCheck(ctx).update("check", http, tcp, ("health_check_config",))


def test_two_health_checks_of_a_name_are_an_error():
    check = {"CallerReference": "x", "HealthCheckConfig": {"Type": "TCP"}, "HealthCheckVersion": 1}
    name = [{"Key": "Name", "Value": "api"}]
    _, ctx = context(
        {
            "ListHealthChecks": {"HealthChecks": [{"Id": one, **check} for one in ("H1", "H2")], "IsTruncated": False},
            "ListTagsForResources": tagged(H1=name, H2=name),
        }
    )
    with pytest.raises(ReconcileError, match="H1 and H2 are both called api"):
        HealthCheck(ctx).read(["api"])
