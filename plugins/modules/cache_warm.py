#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: cache_warm
short_description: Fill a Redis cache with declared sets of keys
version_added: 0.2.0
author: iWORKZ platform team (@iworkz)
description:
  - Reads declared sets of keys from a Redis replication group of ElastiCache, in pipelines, and writes those that are
    missing, hold something else, have no time to live, or will expire soon. What is fresh is not written.
  - Values are declared, or are the rows of a query in the database of the service that owns the keys.
  - Sets are warmed by O(key_sets[].priority), each as the IAM user of its service, so that Redis itself refuses a key
    that is not the service's. Connections verify the certificate and name of the server.
  - A set whose source fails does not stop the others; the task then fails and names each.
options:
  replication_group:
    description: Name of the replication group. In check mode it need not exist yet.
    type: str
    required: true
  prefix:
    description:
      - What the names of users and secrets begin with. A service signs in to Redis as the IAM user
        C(<prefix>-<service>), and to its database with the secret C(<prefix>/postgres/<service>).
    type: str
    required: true
  pooler:
    description: Where queries are sent. The database has the name of the service, with C(_) for C(-).
    type: dict
    required: true
    suboptions:
      host:
        description: Name or address of the connection pooler.
        type: str
        required: true
      port:
        description: Port of the connection pooler.
        type: int
        required: true
  ca_bundle:
    description: PEM file with the certificate authorities to believe besides those of the system.
    type: path
  key_sets:
    description: The sets.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the set, in results and evidence.
        type: str
        required: true
      service:
        description: The service that owns the keys.
        type: str
        required: true
      key:
        description:
          - Name of a key, with columns in braces. It begins with the service's name and a colon, and two rows must not
            make the same key.
        type: str
        required: true
      items:
        description: The rows themselves. One of O(key_sets[].items) and O(key_sets[].query) is required.
        type: list
        elements: dict
      query:
        description:
          - A query that returns the rows; it is run in a read-only transaction of at most 60 seconds.
          - It should give the same answer until the next warming, say by leaving out what is younger than the last full
            hour.
        type: str
      values:
        description: Columns that make the value. Default is all of them.
        type: list
        elements: str
      format:
        description:
          - V(json) keeps an object in a string, V(hash) a Redis hash without the columns that are null.
          - V(string) keeps the one column of O(key_sets[].values).
        type: str
        choices: [json, hash, string]
        default: json
      ttl_seconds:
        description: Time to live of a key.
        type: int
        required: true
      jitter_percent:
        description: By how much less than O(key_sets[].ttl_seconds) a key may live, so that not all expire at once.
        type: int
        default: 10
      fresh_seconds:
        description: A key with less than this to live is written again. Default is half of O(key_sets[].ttl_seconds).
        type: int
      priority:
        description: Sets with lower numbers come first.
        type: int
        default: 100
      optional:
        description:
          - Whether the set waits, instead of failing, while the secret, schema or table of its service does not exist,
            because the service has not been deployed yet.
        type: bool
        default: false
  pipeline:
    description: Keys in one pipeline.
    type: int
    default: 200
  rate_limit_per_second:
    description: Keys read, and keys written, in a second at most. V(0) is no limit.
    type: int
    default: 5000
  memory_limit_percent:
    description: Use of memory, in percent of C(maxmemory), from which on nothing is written; the task warns of it.
    type: int
    default: 70
attributes:
  check_mode:
    description: Reads sources and keys, tells how many would be written, and writes none.
    support: full
  diff_mode:
    description: Tells numbers of keys per set, and never a value.
    support: full
  idempotent:
    description: A second run writes nothing while values are the same and keys are fresh.
    support: full
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
"""

EXAMPLES = r"""
- name: Warm the cache
  iworkz.platform.cache_warm:
    replication_group: iworkz-production-redis
    prefix: iworkz-production
    pooler: {host: pgbouncer.production.iworkz.internal, port: 6432}
    key_sets:
      - name: prefectures
        service: content
        key: "content:prefecture:{code}"
        items:
          - {code: "01", ja: 北海道, en: Hokkaido}
          - {code: "13", ja: 東京都, en: Tokyo}
        ttl_seconds: 604800
        priority: 10
      - name: popular postings
        service: job-posting
        key: "job-posting:posting:{id}"
        query: SELECT id, title, prefecture, wage_yen FROM popular_postings
        ttl_seconds: 7200
        fresh_seconds: 3600
        optional: true
"""

RETURN = r"""
sets:
  description:
    - What was found and done, by set. C(state) is V(warm), V(waiting), V(full) (memory) or V(failed); the latter
      have a C(reason).
    - C(declared), C(fresh), C(written) and C(skipped) count keys; C(hit_rate_before) and C(hit_rate_after) are the
      shares of declared keys that were and are there, in percent.
  returned: success
  type: dict
  sample:
    prefectures:
      state: warm
      declared: 47
      fresh: 0
      written: 47
      skipped: 0
      hit_rate_before: 0.0
      hit_rate_after: 100.0
      seconds: 0.01
declared:
  description: Keys of all sets.
  returned: success
  type: int
written:
  description: Keys that were written (would be, in check mode).
  returned: success
  type: int
hit_rate_before:
  description: Share of the declared keys that were there, in percent.
  returned: success
  type: float
hit_rate_after:
  description: Share of the declared keys that are there now, in percent.
  returned: success
  type: float
seconds:
  description: How long it took.
  returned: success
  type: float
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_with
from ansible_collections.iworkz.platform.plugins.module_utils._stores.cache_warm import SPEC, run


def main() -> None:
    run_with(SPEC, run)


if __name__ == "__main__":
    main()
