"""An emulator of the Kubernetes API: the API server's side of a cluster, without one container running."""
