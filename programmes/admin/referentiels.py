"""The sources of money outside the budget."""

from django.contrib import admin

from dpid.admin_base import AdminBase
from programmes.models import SourceFinancement


@admin.register(SourceFinancement)
class SourceAdmin(AdminBase):
    list_display = ["libelle", "code"]
    search_fields = ["libelle", "code"]
