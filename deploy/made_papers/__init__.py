"""Made-up papers beside the made register: a regulator's list and notices, as PDF.

Bodies, numbers and days are those of the register, so that they join its bodies and make none.
The files in ``data`` are made by ``python -m tests.sources.made_papers.build``.
"""
