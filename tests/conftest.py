"""Make the checkout importable as ansible_collections.iworkz.platform, as Ansible itself would."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

from ansible.utils.collection_loader._collection_finder import _AnsibleCollectionFinder

# What tests make by the hundred thousand, the data of botocore above all, stays: to look for cycles in it as often as
# Python does by itself was a quarter of their time.
gc.set_threshold(20_000, 10, 10)

ROOT = Path(__file__).resolve().parent.parent
COLLECTIONS = ROOT / ".ansible" / "collections"

if not (COLLECTIONS / "ansible_collections" / "iworkz" / "platform").exists():
    raise RuntimeError("run `make setup` first: it links the checkout into .ansible/collections")

# site-packages carries amazon.aws and friends; the finder looks there after our own path.
_AnsibleCollectionFinder(paths=[str(COLLECTIONS), *sys.path])._install()
sys.path.insert(0, str(ROOT))
