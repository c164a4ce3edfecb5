"""AWS part of the sandbox: the pinned moto server behind a layer that identifies, logs, extends and disturbs calls."""
