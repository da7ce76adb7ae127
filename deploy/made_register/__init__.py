"""A made-up register: invented bodies, served like a real one.

``data/register.json`` is what is served; ``python -m deploy.made_register`` writes it anew from the
hand-written files in ``hand/``. ``site.answer`` is the register's web site as a pure function.
"""
