"""Identifiers of bodies that carry a check of their own."""

import stdnum.cn.uscc
import stdnum.lei

# GB 32100-2015 and ISO 17442; python-stdnum leaves out the organisation code's own (GB 11714)
_CHECKED = {"USCC": stdnum.cn.uscc.is_valid, "LEI": stdnum.lei.is_valid}


def check_digit(namespace: str, value: str) -> bool | None:
    """Whether its check holds; None where numbers of this namespace carry none."""
    check = _CHECKED.get(namespace)
    return None if check is None else bool(check(value))


# Numbers of laboratories, of which one body may have many: two of them contradict nothing.
_OF_LABORATORIES = frozenset({"NABL-LAB"})


def one_a_body(namespace: str) -> bool:
    """Whether a body has one value of it at most, so that two values speak of two bodies."""
    return namespace not in _OF_LABORATORIES
