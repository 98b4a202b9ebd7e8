"""Model fields and constraints that several tables share."""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import Q

from quantix.money import AMOUNT_MAX, MONEY_DIGITS_MAX, MONEY_PLACES

#: The largest that a column of ids holds.
ID_MAX = 2**63 - 1


class MoneyField(models.DecimalField[Any, Any]):
    """`numeric(18,2)`: exact money. Never a float, which cannot hold 0.10."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_digits"] = MONEY_DIGITS_MAX
        kwargs["decimal_places"] = MONEY_PLACES
        super().__init__(*args, **kwargs)


def amount_check(name: str, field: str = "amount") -> models.CheckConstraint:
    """More than zero and at most AMOUNT_MAX. NaN passes `> 0` in PostgreSQL; only the upper bound refuses it."""
    return models.CheckConstraint(condition=Q((f"{field}__gt", 0), (f"{field}__lte", AMOUNT_MAX)), name=name)


def one_of(name: str, field: str, values: Iterable[str], *, null: bool = False) -> models.CheckConstraint:
    """`field` is one of `values` (or null): the closed list, refused by the database too."""
    condition = Q((f"{field}__in", list(values)))
    return models.CheckConstraint(
        condition=condition | Q((f"{field}__isnull", True)) if null else condition, name=name
    )
