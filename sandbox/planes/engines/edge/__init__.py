"""The edge: nginx with ModSecurity and the OWASP core rule set, in the place of the public load balancer."""

from sandbox.planes.engines.edge.engine import Edge

__all__ = ["Edge"]
