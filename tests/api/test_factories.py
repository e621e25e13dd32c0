from __future__ import annotations

import pytest

from tests import factories
from workorders.choices import Meaning
from workorders.models import WorkOrder


@pytest.mark.django_db
@pytest.mark.parametrize("meaning", Meaning.values)
def test_advance_reaches_every_meaning(meaning: str) -> None:
    tenant = factories.make_tenant()
    work_order = factories.make_work_order(tenant, meaning=meaning)
    with factories.inside(tenant):
        assert WorkOrder.objects.get(pk=work_order.pk).meaning == meaning


@pytest.mark.django_db
def test_rows_show_only_inside_their_tenant() -> None:
    tenant, other = factories.make_tenant(), factories.make_tenant()
    factories.make_work_order(tenant)
    assert WorkOrder.objects.count() == 0
    with factories.inside(other):
        assert WorkOrder.objects.count() == 0
    with factories.inside(tenant):
        assert WorkOrder.objects.count() == 1
