"""What the services of a cluster would tell of their traffic: a model, as no container of them runs."""
