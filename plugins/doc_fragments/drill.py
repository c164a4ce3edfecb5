# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations


class ModuleDocFragment:
    """Options common to drills and restore tests."""

    DOCUMENTATION = r"""
options:
  platform:
    description: The platform that is drilled or tested.
    type: dict
    required: true
    suboptions:
      name:
        description: Name of the platform.
        type: str
        required: true
      environment:
        description: Name of the environment.
        type: str
        required: true
      account_id:
        description: AWS account of the environment. Credentials of any other account are refused.
        type: str
        required: true
      region:
        description: Home region.
        type: str
        required: true
      recovery_region:
        description: Region for disaster recovery.
        type: str
        required: true
      tags:
        description: Tags that mark the platform's resources; C(Platform) and C(Environment) must be among them.
        type: dict
        required: true
  freeze:
    description: When none may begin. Resuming is always possible.
    type: dict
    default: {timezone: Asia/Tokyo, windows: []}
    suboptions:
      timezone:
        description: Time zone of windows without one.
        type: str
        default: Asia/Tokyo
      windows:
        description: The windows.
        type: list
        elements: dict
        default: []
        suboptions:
          start:
            description: A date (V(2026-12-28)) or a date with a time (V(2026-12-28T18:00)).
            type: str
            required: true
          end:
            description: The same; a date includes that day.
            type: str
            required: true
          reason:
            description: Why, in a few words.
            type: str
            required: true
"""
