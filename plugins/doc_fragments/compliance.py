# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations


class ModuleDocFragment:
    """Options of modules that run the compliance engine."""

    DOCUMENTATION = r"""
options:
  prefix:
    description:
      - What the names of the platform's resources begin with. The engine reads and writes PostgreSQL with the secret
        C(<prefix>/postgres/compliance_engine).
    type: str
    required: true
  instance:
    description:
      - The DB instance that has the registry, a primary. Records are read from a replica of it, once that has all the
        primary had when the run began. Default is C(<prefix>-postgres).
    type: str
  database:
    description: The database with the registry and the records. Default is V(compliance).
    type: str
  schema:
    description: The schema whose views have the names of the pack's tables. Default is V(employment).
    type: str
  bucket:
    description: Where packs and what the engine makes are. Default is C(<prefix>-evidence-<account>).
    type: str
  topic:
    description: Name of the SNS topic of alerts. Default is C(<prefix>-compliance).
    type: str
  signing_key:
    description: The KMS key that packs must be signed with. Default is C(alias/<prefix>-compliance).
    type: str
  ca_bundle:
    description: PEM file with the certificate authorities to believe; without it, those of the system.
    type: path
  read_primary:
    description: Whether to read the records from the primary, too, whose writers that hinders. Default is V(false).
    type: bool
  directory:
    description:
      - Where scratch files go, which hold personal data, are readable by their owner alone, and are gone afterwards.
        They take about three times the size of the records. Default is the system's directory for such files.
    type: path
  memory_mib:
    description: Memory for judging, in MiB. What doesn't fit goes to disk. Default is V(1024).
    type: int
  threads:
    description: Threads for judging. Default is V(2).
    type: int
"""
