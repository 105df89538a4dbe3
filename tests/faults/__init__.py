"""Whole systems of real processes that are broken on purpose, by a seeded plan.

``system`` starts and breaks the processes, ``breaks`` knows the ways of breaking,
``storm`` the faults of the platforms, ``run`` the order of things, ``quiet`` waits
until nothing is open, and each part of the product (``parts``) drives its work in
and compares Odoo with the simulator afterwards.
"""
