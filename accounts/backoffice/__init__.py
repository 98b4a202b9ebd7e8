"""What every page of the back-office stands on: roles decide, lists stay quick, services act."""

from accounts.backoffice.actions import ActionPage, Preview, ReasonForm
from accounts.backoffice.pages import Panel, StaffAdmin, as_json, link_to, list_url, page_url
from quantix.pages import Done

__all__ = [
    "ActionPage",
    "Done",
    "Panel",
    "Preview",
    "ReasonForm",
    "StaffAdmin",
    "as_json",
    "link_to",
    "list_url",
    "page_url",
]
