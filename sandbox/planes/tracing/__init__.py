"""What stands in for OpenTelemetry's collectors, none of which can be had here.

It takes OTLP/HTTP in JSON and does with spans what the cluster's collectors are configured to: attributes that are
deleted, the way from agents to gateways, tail sampling, X-Ray. It is no collector: it knows these components only, and
lets spans by the others unchanged. Its answers carry `"sandbox"`.
"""
