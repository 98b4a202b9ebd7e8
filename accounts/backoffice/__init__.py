"""What every page of the back-office stands on: roles decide, lists stay quick, services act."""

from accounts.backoffice.actions import ActionPage, Group, Preview, ReasonForm
from accounts.backoffice.days import DaysFilter, days_by
from accounts.backoffice.either import either
from accounts.backoffice.exports import ExportRows
from accounts.backoffice.form_filter import FormFilter, filter_by
from accounts.backoffice.pages import (
    Panel,
    StaffAdmin,
    Step,
    Steps,
    as_json,
    days_url,
    link_to,
    list_url,
    page_url,
)
from quantix.pages import Done

__all__ = [
    "ActionPage",
    "DaysFilter",
    "Done",
    "ExportRows",
    "FormFilter",
    "Group",
    "Panel",
    "Preview",
    "ReasonForm",
    "StaffAdmin",
    "Step",
    "Steps",
    "as_json",
    "days_by",
    "days_url",
    "either",
    "filter_by",
    "link_to",
    "list_url",
    "page_url",
]
