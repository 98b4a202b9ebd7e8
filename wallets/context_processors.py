from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from wallets.models import Wallet


def wallet(request: HttpRequest) -> dict[str, Any]:
    """The signed-in player's wallet, looked up only where a page shows it."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"wallet": None}
    return {"wallet": SimpleLazyObject(lambda: Wallet.objects.filter(user=user).first())}
