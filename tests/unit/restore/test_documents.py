"""Documents of a source and of its copy, side by side by the numbers of their last changes."""

from __future__ import annotations

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._restore.opensearch_documents import Document, judge
from ansible_collections.iworkz.platform.plugins.module_utils._restore.proof import Unit


def at(number: int, text: str = "same", term: int = 1) -> Document:
    return Document(number, term, f"id-{number}", {"text": text})


@pytest.mark.parametrize(
    ("ours", "theirs", "compared", "differences", "moved"),
    [
        ([], [], 0, 0, 0),
        ([at(1), at(4)], [at(1), at(4)], 2, 0, 0),
        ([at(1), at(4)], [at(1), at(4, "other")], 1, 1, 0),
        # Lost: the commit reaches to 5.
        ([at(1), at(4)], [at(1)], 1, 1, 0),
        ([at(1), at(4)], [], 0, 2, 0),
        # Being written when the snapshot was taken, and written since.
        ([at(1), at(6)], [at(1)], 1, 0, 1),
        # Changed since, on both sides; deleted since.
        ([at(4), at(9)], [at(1), at(4)], 1, 0, 2),
        ([], [at(1), at(4)], 0, 0, 2),
        # Given again by another primary.
        ([at(4, "other", term=2)], [at(4)], 0, 0, 1),
    ],
)
def test_what_moved_is_told_from_what_is_lost(
    ours: list[Document], theirs: list[Document], compared: int, differences: int, moved: int
) -> None:
    unit = Unit("index", 0, 0)
    judge(iter(ours), iter(theirs), 5, unit)
    assert unit == Unit("index", len(ours), len(theirs), compared, differences, moved)
