"""School filter: the search box and the choices above the list of schools.

Changes when schools are looked for by something else.
"""

from collections.abc import Sequence
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from jiaoheng.organisations.organisation import PATH_SEPARATOR, Organisation
from jiaoheng.web.words import choices

__all__ = ["SchoolFilter"]


class SchoolFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Narrows the schools of the reader's scope; it never widens them."""

    q = django_filters.CharFilter(label=_("Name or code"), method="by_words")
    area = django_filters.ChoiceFilter(label=_("Area"), method="by_area", empty_label=_("any"))
    stage = django_filters.ChoiceFilter(label=_("Stage"), method="by_stage", empty_label=_("any"))
    school_type = django_filters.ChoiceFilter(label=_("School type"), empty_label=_("any"))
    ownership = django_filters.ChoiceFilter(label=_("Ownership"), empty_label=_("any"))
    locale = django_filters.ChoiceFilter(label=_("Urban, town or rural"), empty_label=_("any"))

    def __init__(self, data: Any, *, queryset: QuerySet[Organisation], areas: Sequence[tuple[str, str]]) -> None:
        super().__init__(data, queryset=queryset)
        there = {name: set(queryset.order_by().values_list(name, flat=True).distinct()) for name in ("school_type", "ownership", "locale")}
        stages = {stage for stages in queryset.order_by().values_list("stages", flat=True).distinct() for stage in stages.split(",")}
        offered = {"area": list(areas), "stage": [one for one in choices("stage") if one[0] in stages]}
        for name, values in there.items():
            offered[name] = [one for one in choices(name) if one[0] in values]
        for name, pairs in offered.items():
            if len(pairs) > 1 or (data and data.get(name)):
                self.filters[name].extra["choices"] = pairs
            else:  # a choice of one is no choice
                del self.filters[name]

    def by_words(self, found: QuerySet[Organisation], name: str, value: str) -> QuerySet[Organisation]:
        for part in value.split():
            found = found.filter(Q(name_zh__icontains=part) | Q(name_en__icontains=part) | Q(code__icontains=part))
        return found

    def by_area(self, found: QuerySet[Organisation], name: str, value: str) -> QuerySet[Organisation]:
        area = Organisation.objects.filter(code=value).first()
        return found.filter(path__startswith=area.path + PATH_SEPARATOR) if area else found.none()

    def by_stage(self, found: QuerySet[Organisation], name: str, value: str) -> QuerySet[Organisation]:
        return found.filter(stages__contains=value)
