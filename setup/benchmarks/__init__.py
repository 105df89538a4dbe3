"""``setup/bench``: how fast we are, as ratios measured side by side.

A measurement is a module here with ``NAME``, ``TITLE`` and
``measure(bench)``, which returns rows (``frame.Row``); it is named in
``measurements.ALL``. What runs inside Odoo is in ``inside``.
"""
