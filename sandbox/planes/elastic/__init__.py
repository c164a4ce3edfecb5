"""Emulations of what the platform uses of Elasticsearch's and Kibana's REST APIs, and what stands in for the shipper.

None of them can be had here. The emulation takes what the published specifications know
(https://www.elastic.co/docs/api/doc/elasticsearch, .../kibana), finds documents by exact values and simple query
strings, and moves nothing between phases. Answers carry `X-Sandbox-Emulation: elastic`; what is not emulated is
answered with 501. The shipper's stand-in runs the scripts of the cluster's ConfigMap, in LuaJIT; it is no Fluent Bit.
"""
