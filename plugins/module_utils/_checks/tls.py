# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of items 2.1.1.1 to 2.1.1.3: certificates, no way in the clear, and renewal by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _at_rest, _certificates, _mesh_certificates
from ansible_collections.iworkz.platform.plugins.module_utils._checks import data_protection_encryption as encryption
from ansible_collections.iworkz.platform.plugins.module_utils._checks import istio as mesh
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check

Item = dict[str, Any]
WEAK_KEYS = ("RSA_1024", "RSA-1024")


@check("2.1.1.1")
def certified(world: World, required: Item) -> Finding:
    found, hosts = world.once(_certificates.certificates), _certificates.hosts(world)
    wild = set(world.platform.declared["tls"]["wildcards"])
    allowed = {host: _certificates.issuers(world, host) for host in hosts}
    observed = {
        "hosts": {host: {region: _told(of, host) for region, of in found.items()} for host in hosts},
        "issuers": {host: {tag: sorted(names) for tag, names in tags.items()} for host, tags in allowed.items()},
    }
    breaches = [
        *([] if hosts else [Breach("tls.no_hosts", {})]),
        *(
            breach
            for region, of in found.items()
            for host in hosts
            for breach in _host(world, region, of, host, required)
        ),
        *(breach for of in found.values() for one in of for breach in _wildcards(world, one, wild)),
        *(breach for host, tags in allowed.items() for breach in _issuers(host, tags, required["issuers"])),
    ]
    return Finding(observed, tuple(breaches))


@check("2.1.1.2")
def encrypted_end_to_end(world: World, required: Item) -> Finding:
    answers, sessions, modes = world.once(encryption.refusals), world.once(encryption.sessions), mesh.peer_modes(world)
    buckets = world.once(_at_rest.buckets)
    observed = {"connections": answers, "sessions": sessions, "mesh": modes, "buckets": sorted(buckets)}
    breaches = [
        *([] if answers else [Breach("tls.nothing_to_ask", {})]),
        *([] if modes else [Breach("tls.no_mesh", {})]),
        *encryption.connection_breaches(answers, required),
        *encryption.session_breaches(sessions),
        *encryption.bucket_breaches(buckets),
        *mesh.mode_breaches(modes, required["mutual_tls"]),
    ]
    return Finding(observed, tuple(breaches))


@check("2.1.1.3")
def renewed(world: World, required: Item) -> Finding:
    used, alarms = world.once(_certificates.used), world.once(_certificates.alarms)
    in_mesh = _mesh_certificates.lifetimes(world)
    told: dict[str, Item] = {}
    breaches: list[Breach] = []
    for region, found in used.items():
        if not found:
            breaches.append(Breach("tls.none_issued", {"region": region}))
        for one in found:
            mine = alarms.get(one["CertificateArn"], [])
            told[_certificates.label(one)] = {
                "region": region,
                "names": sorted(one["SubjectAlternativeNames"]),
                "eligibility": one["RenewalEligibility"],
                "in_use_by": one["InUseBy"],
                "unproven": _certificates.unproven(world, one),
                "alarms": {alarm["AlarmName"]: alarm["Threshold"] for alarm in mine},
            }
            breaches += _renewal(world, region, one)
            breaches += _alarm(region, one, mine, required["alarm_days"])
    breaches += _mesh_certificates.breaches(in_mesh, required)
    return Finding({"certificates": told, "mesh": in_mesh}, tuple(breaches))


def _told(found: list[Item], host: str) -> list[Item]:
    return [
        {
            "certificate": _certificates.label(one),
            "status": one["Status"],
            "until": one["NotAfter"].isoformat() if "NotAfter" in one else None,
            "validation": _method(one),
            "key": one["KeyAlgorithm"],
        }
        for one in _certificates.of_host(found, host)
    ]


def _method(certificate: Item) -> str:
    methods = {one.get("ValidationMethod", "-") for one in certificate.get("DomainValidationOptions", [])}
    return ", ".join(sorted(methods)) or certificate["Type"]


def _host(world: World, region: str, found: list[Item], host: str, required: Item) -> Iterator[Breach]:
    mine = _certificates.of_host(found, host)
    where = {"host": host, "region": region}
    if not mine:
        yield Breach("tls.no_certificate", where)
        return
    if mine[0]["Status"] != "ISSUED":
        status = ", ".join(sorted({one["Status"] for one in mine}))
        yield Breach("tls.not_issued", {**where, "status": status})
        return
    # The load balancer offers what is there; the one that lasts longest decides whether the host goes dark.
    best = max(mine, key=lambda one: one["NotAfter"])
    days = (best["NotAfter"] - world.now).days
    if days < required["days_left"]:
        yield Breach("tls.expires_soon", {**where, "days": days, "wanted": required["days_left"]})
    for one in mine:
        if _method(one) != "DNS":
            yield Breach("tls.not_dns", {**where, "certificate": _certificates.label(one), "method": _method(one)})
        if one["KeyAlgorithm"] in WEAK_KEYS:
            yield Breach("tls.weak_key", {**where, "certificate": _certificates.label(one), "key": one["KeyAlgorithm"]})


def _wildcards(world: World, certificate: Item, allowed: set[str]) -> Iterator[Breach]:
    if world.platform.owns(certificate["Tags"]):
        for name in certificate["SubjectAlternativeNames"]:
            if name.startswith("*.") and name not in allowed:
                yield Breach("tls.wildcard", {"name": name, "certificate": _certificates.label(certificate)})


def _issuers(host: str, tags: dict[str, set[str]], wanted: list[str]) -> Iterator[Breach]:
    if tags["issue"] == _certificates.EVERYBODY:
        yield Breach("tls.anyone_issues", {"host": host})
    elif others := (tags["issue"] | tags["issuewild"]) - set(wanted):
        yield Breach("tls.others_issue", {"host": host, "issuers": ", ".join(sorted(others))})


def _renewal(world: World, region: str, certificate: Item) -> Iterator[Breach]:
    params = {"region": region, "certificate": _certificates.label(certificate)}
    for record in _certificates.unproven(world, certificate):
        yield Breach("tls.unproven", {**params, "record": record})
    # A certificate that waits for a failover is used by nothing yet, and is asked for again in time.
    if certificate["RenewalEligibility"] != "ELIGIBLE" and (certificate["InUseBy"] or region == world.platform.region):
        yield Breach("tls.not_renewed", params)


def _alarm(region: str, certificate: Item, alarms: list[Item], wanted: int) -> Iterator[Breach]:
    params = {"region": region, "certificate": _certificates.label(certificate)}
    heard = [one["Threshold"] for one in alarms if one["ActionsEnabled"] and one["AlarmActions"]]
    if not alarms:
        yield Breach("tls.no_alarm", params)
    elif not heard:
        yield Breach("tls.silent_alarm", {**params, "alarm": alarms[0]["AlarmName"]})
    elif max(heard) < wanted:
        yield Breach("tls.late_alarm", {**params, "days": int(max(heard)), "wanted": wanted})
