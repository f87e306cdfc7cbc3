"""Agents of the département, their service, their roles and their territoires."""

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models

from dpid.models.base import Nomme


class Role(models.TextChoices):
    TERRITOIRE = "territoire", "Territoire (SLAI, SLISL)"
    INSTRUCTION = "instruction", "Instruction"
    BUDGET = "budget", "Budget et finances"
    DIRECTION = "direction", "Direction"
    ASSEMBLEES = "assemblees", "Secrétariat des assemblées"
    CONVENTIONS = "conventions", "Conventions"
    CONSULTATION = "consultation", "Consultation"
    ADMINISTRATION = "administration", "Administration"


def valider_roles(valeur):
    """A list of known role slugs."""
    if not isinstance(valeur, list) or set(valeur) - set(Role.values):
        raise ValidationError(f"Rôles inconnus ; attendus : {', '.join(Role.values)}.")


class Service(Nomme):
    """Service that instructs (mission, SLAI…) inside a direction and a pôle, as printed at the head of a rapport."""

    code = models.SlugField("code", max_length=30, unique=True)
    pole = models.CharField("pôle", max_length=200, blank=True)
    direction = models.CharField("direction", max_length=200, blank=True)

    class Meta(Nomme.Meta):
        verbose_name = "service"


class Agent(AbstractUser):
    """A user. Roles are kept on the row itself: a withdrawn role is effective at the next request, without a query."""

    SYSTEME = "commande"

    roles = models.JSONField("rôles", default=list, blank=True, validators=[valider_roles])
    est_chef_de_service = models.BooleanField("chef de service", default=False)
    services = models.ManyToManyField(Service, verbose_name="services", blank=True, related_name="agents")
    territoires = models.ManyToManyField(
        "dpid.Territoire", verbose_name="territoires", blank=True, related_name="agents"
    )
    qualite = models.CharField("qualité", max_length=150, blank=True, help_text="Telle qu’elle s’affiche et s’imprime.")

    class Meta:
        verbose_name = "agent"
        ordering = ["last_name", "first_name", "username"]

    def __str__(self):
        return self.get_full_name() or self.username

    def a_role(self, *roles) -> bool:
        """True when the agent holds one of `roles`."""
        return self.is_active and bool(set(roles) & set(self.roles))

    @property
    def libelles_roles(self) -> str:
        return ", ".join(Role(r).label for r in self.roles if r in Role.values)

    @property
    def est_systeme(self) -> bool:
        """Account of the batch commands: it cannot log in, and stands in for nobody."""
        return self.username == self.SYSTEME

    @classmethod
    def creer_systeme(cls):
        """The system account, for a database that has no demo data: every role, no password."""
        agent = cls(username=cls.SYSTEME, first_name="Commande", last_name="système", roles=list(Role.values))
        agent.qualite = "Traitements par lots"
        agent.set_unusable_password()
        agent.save()
        return agent
