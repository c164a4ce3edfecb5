"""The embedded sandbox: everything the platform is rehearsed against, on 127.0.0.1. See README.md."""
