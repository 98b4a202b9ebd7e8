"""Moments in an account's life in which higher apps take part."""

from typing import TYPE_CHECKING

from quantix.hooks import Hook

if TYPE_CHECKING:
    from accounts.models import User

#: A user row exists; called in the transaction that made it.
opened: "Hook[[User]]" = Hook("accounts.opened")
#: The address was proved for the first time; called in the transaction that says so.
verified: "Hook[[User]]" = Hook("accounts.verified")
