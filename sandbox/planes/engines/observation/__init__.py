"""Prometheus and Alertmanager, run as the cluster's objects of the Prometheus operator ask for them."""

from sandbox.planes.engines.observation.engine import Observation

__all__ = ["Observation"]
