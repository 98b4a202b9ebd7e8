"""Sharing whole units out in proportion, so that the parts add up."""

from collections.abc import Hashable, Mapping
from fractions import Fraction
from typing import TypeVar

K = TypeVar("K", bound=Hashable)


def largest_remainder(quotas: Mapping[K, Fraction]) -> dict[K, int]:
    """Each quota rounded down, then one unit more for the largest remainders, ties to who comes first.

    The quotas add up to a whole number, and so do the parts: Hamilton's method (Balinski and Young, Fair
    Representation, 1982).
    """
    total = sum(quotas.values())
    assert total == int(total), "only whole units are shared out"
    parts = {key: int(quota) for key, quota in quotas.items()}
    by_remainder = sorted(quotas, key=lambda key: parts[key] - quotas[key])
    for key in by_remainder[: int(total) - sum(parts.values())]:
        parts[key] += 1
    return parts
