from __future__ import annotations

from tests.sandbox.support import code_of

ZONE = "arn:aws:route53:::hostedzone/Z0123456789"
CHECK = "arn:aws:route53:::healthcheck/none"
CONTACT = {"EmailAddress": "a@b.jp"}


def test_what_needs_a_subscription_and_what_it_needs_besides(sandbox):
    shield = sandbox.client("shield")
    assert shield.get_subscription_state()["SubscriptionState"] == "INACTIVE"
    for refused in (
        shield.list_protections,
        shield.describe_drt_access,
        shield.describe_emergency_contact_settings,
        shield.enable_proactive_engagement,
        lambda: shield.create_protection(Name="x", ResourceArn=ZONE),
    ):
        assert code_of(refused) == "ResourceNotFoundException"
    shield.create_subscription()
    assert code_of(shield.create_subscription) == "ResourceAlreadyExistsException"
    told = shield.describe_subscription()["Subscription"]
    assert (told["AutoRenew"], told["ProactiveEngagementStatus"]) == ("ENABLED", "DISABLED")
    assert (told["EndTime"] - told["StartTime"]).days == 365
    protection = shield.create_protection(Name="zone", ResourceArn=ZONE)["ProtectionId"]
    health = {"ProtectionId": protection, "HealthCheckArn": CHECK}
    assert code_of(lambda: shield.associate_health_check(**health)) == "InvalidResourceException"
    assert code_of(lambda: shield.associate_proactive_engagement_details(EmergencyContactList=[CONTACT])) == (
        "InvalidParameterException"
    )
    assert code_of(shield.enable_proactive_engagement) == "InvalidOperationException"
    role = sandbox.client("iam").create_role(
        RoleName="no-trust", AssumeRolePolicyDocument='{"Version": "2012-10-17", "Statement": []}'
    )["Role"]["Arn"]
    assert code_of(lambda: shield.associate_drt_role(RoleArn=role)) == "AccessDeniedForDependencyException"
    called = {**CONTACT, "PhoneNumber": "+81312345678"}
    shield.associate_proactive_engagement_details(EmergencyContactList=[called])
    shield.enable_proactive_engagement()
    assert shield.describe_subscription()["Subscription"]["ProactiveEngagementStatus"] == "ENABLED"
    assert shield.describe_emergency_contact_settings()["EmergencyContactList"] == [called]
