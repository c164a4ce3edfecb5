"""A realistic set of employers and what they record of their workers, always the same, with planted breaches.

Nothing of the collection is imported: what the law asks for is written down here a second time.
"""
