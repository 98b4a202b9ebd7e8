"""Filters that are written, not picked: a form beside the list, sent as part of its address. No script needed."""

from collections.abc import Iterator
from typing import Any, ClassVar, Protocol

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import PAGE_VAR
from django.db.models import QuerySet
from django.http import HttpRequest


class Narrowing(Protocol):
    """A form whose fields, each optional, say which rows to list."""

    def narrow(self, rows: QuerySet[Any]) -> QuerySet[Any]: ...


class FormFilter(admin.ListFilter):
    """The filter that `form_class` asks for. What is not understood is told beside its field, and nothing is listed.

    A list of all rows in its place would be taken for the answer, and exported.
    """

    title = "these"
    template = "admin/form_filter.html"
    form_class: ClassVar[type[forms.Form]]

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        written = {name: params.pop(name)[-1] for name in self.names() if name in params}
        self.used_parameters = {name: text for name, text in written.items() if text.strip()}
        self.form = self.form_class(written or None)
        #: What else narrows the list, to be sent with the form.
        self.others = [
            (name, value)
            for name, values in request.GET.lists()
            for value in values
            if name not in self.names() and name != PAGE_VAR
        ]

    @classmethod
    def names(cls) -> set[str]:
        """The parameters it reads."""
        return set(cls.form_class.base_fields)

    def expected_parameters(self) -> list[str | None]:
        return [*self.form_class.base_fields]

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: Any) -> Iterator[Any]:
        return iter(())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.form.is_bound:
            return queryset
        form: Any = self.form
        return form.narrow(queryset) if form.is_valid() else queryset.none()


def filter_by(form: type[forms.Form]) -> type[FormFilter]:
    """The filter that asks what `form` does; it has `narrow` (`Narrowing`)."""
    return type("FormFilter", (FormFilter,), {"form_class": form})
