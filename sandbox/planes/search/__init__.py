"""An emulation of the small part of OpenSearch's REST API that the platform uses; OpenSearch itself can't be had here.

It validates as OpenSearch does and answers in its shapes, but searches nothing worth the name: no scoring, no
analysis. Every response carries `X-Sandbox-Emulation: opensearch`; what is not emulated answers 501.
"""
