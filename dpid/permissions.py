"""One authentication backend answers `has_perm` from the tables declared in each room's `perms.py`.

A table says, per permission, which roles hold it; pages and admin ask the same question, so they cannot diverge.
"""

from functools import cache
from importlib import import_module

from django.apps import apps
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.utils.module_loading import module_has_submodule

from dpid.models import Role

TOUS = frozenset(Role)
ADMINISTRATION = frozenset({Role.ADMINISTRATION})


def modele(app: str, nom: str, *, voir=TOUS, modifier=ADMINISTRATION, creer=None, supprimer=None) -> dict:
    """The four permissions of a model; creation and deletion follow modification unless said otherwise."""
    return {
        f"{app}.view_{nom}": frozenset(voir) | frozenset(modifier),
        f"{app}.change_{nom}": frozenset(modifier),
        f"{app}.add_{nom}": frozenset(modifier if creer is None else creer),
        f"{app}.delete_{nom}": frozenset(modifier if supprimer is None else supprimer),
    }


@cache
def table() -> dict[str, frozenset]:
    """Every permission of the project and the roles that hold it."""
    tout = {}
    for config in apps.get_app_configs():
        if config.path.startswith(str(settings.BASE_DIR)) and module_has_submodule(config.module, "perms"):
            tout.update(import_module(f"{config.name}.perms").TABLE)
    return tout


class HabilitationsBackend(ModelBackend):
    """Passwords as Django does; permissions from the tables alone (groups and user permissions are not used)."""

    def _autorise(self, agent, perm) -> bool:
        return agent.is_active and bool(table().get(perm, frozenset()) & set(agent.roles))

    def has_perm(self, user_obj, perm, obj=None):
        return getattr(user_obj, "roles", None) is not None and self._autorise(user_obj, perm)

    def has_module_perms(self, user_obj, app_label):
        roles = set(getattr(user_obj, "roles", None) or ())
        return any(p.startswith(f"{app_label}.") and roles & qui for p, qui in table().items())

    def get_all_permissions(self, user_obj, obj=None):
        return {p for p in table() if self.has_perm(user_obj, p)}
