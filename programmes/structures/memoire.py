"""What is kept of a structure over time: its dated elements, its acts and edits, its messages."""

from dataclasses import dataclass

from django.db.models import Q

from dpid.historique import Changement, Evenement, modifications
from dpid.models import Journal
from programmes.models import Agrement, CompteBancaire, Contact, Courrier, Dossier, Representant, Structure
from programmes.structures.forms import AgrementForm, CompteForm, ContactForm, RepresentantForm


@dataclass(frozen=True)
class Volet:
    """A kind of element: its word in the addresses, its title, the columns of its table, its form."""

    nom: str
    titre: str
    ajouter: str
    modele: type
    form: type
    colonnes: tuple[tuple[str, str], ...]
    est_date: bool = True

    @property
    def permission(self) -> str:
        return self.modele._meta.model_name

    def peut(self, agent, geste: str) -> bool:
        return agent.has_perm(f"programmes.{geste}_{self.permission}")


VOLETS = {
    v.nom: v
    for v in (
        Volet(
            "representants", "Représentants", "Ajouter un représentant", Representant, RepresentantForm,
            (("__str__", "Nom"), ("qualite", "Qualité"), ("habilitation", "Habilitation")),
        ),
        Volet(
            "contacts", "Contacts", "Ajouter un contact", Contact, ContactForm,
            (("nom", "Nom"), ("fonction", "Fonction"), ("courriel", "Courriel"), ("telephone", "Téléphone")), False,
        ),
        Volet(
            "agrements", "Agréments", "Ajouter un agrément", Agrement, AgrementForm,
            (("type", "Type"), ("autorite", "Autorité"), ("numero", "Numéro")),
        ),
        Volet(
            "comptes", "Comptes bancaires", "Ajouter un compte bancaire", CompteBancaire, CompteForm,
            (("titulaire", "Titulaire"), ("iban", "IBAN"), ("bic", "BIC"), ("domiciliation", "Domiciliation")),
        ),
    )
}  # fmt: skip


def elements(volet: Volet, structure, agent):
    """Rows of a kind that this agent may read: bank accounts exist only for those who hold `voir_compte`."""
    rangs = volet.modele.objects.filter(structure=structure)
    if volet.modele is CompteBancaire and not agent.has_perm("programmes.voir_compte"):
        return rangs.none()
    return rangs if volet.peut(agent, "view") else rangs.none()


def volets(structure, agent) -> list[dict]:
    """Tables of the second tab, one query each; those that the agent may not read are absent."""
    tables = []
    for volet in VOLETS.values():
        if not volet.peut(agent, "view"):
            continue
        rangs = elements(volet, structure, agent)
        if volet.modele is Agrement:
            rangs = rangs.select_related("type")
        tables.append(
            {
                "volet": volet,
                "titres": [titre for _, titre in volet.colonnes],
                "rangs": [_rang(volet, objet) for objet in rangs],
                "peut_ajouter": volet.peut(agent, "add"),
                "peut_modifier": volet.peut(agent, "change"),
            }
        )
    return tables


def _rang(volet, objet) -> dict:
    lire = lambda nom: str(objet) if nom == "__str__" else str(getattr(objet, nom) or "")  # noqa: E731
    return {
        "objet": objet,
        "cellules": [lire(nom) for nom, _ in volet.colonnes],
        "est_en_vigueur": not volet.est_date or objet.est_en_vigueur(),
    }


def courriers(structure, agent):
    """Messages to the structure; a letter about a dossier only to those who see the dossier."""
    if not agent.has_perm("programmes.view_courrier"):
        return Courrier.objects.none()
    vus = Dossier.objects.visibles_par(agent).order_by().values("pk")
    lus = Courrier.objects.filter(Q(dossier__isnull=True) | Q(dossier__in=vus), structure=structure)
    return lus.select_related("etabli_par")


def evenements(structure) -> list[Evenement]:
    """Acts of the journal and edits of the fiche, latest first. Bank accounts: the act is told, never the account."""
    absorbees = list(structure.absorbees.values_list("pk", flat=True))
    fiches = [structure.pk, *absorbees]
    nom = Structure._meta.label_lower
    actes = Journal.objects.filter(
        Q(objet=nom, objet_id__in=fiches) | Q(donnees__structure__in=fiches, objet__startswith="programmes.")
    )
    trouves = [
        Evenement(a.le, str(a.par or ""), a.acte, a.motif, True, _fichier(a)) for a in actes.select_related("par")
    ]
    trouves += modifications(structure.history.all(), lambda h: "", sauf=("version", "fusionnee_dans"), saisies=False)
    return sorted(trouves, key=lambda e: e.le, reverse=True)


def _fichier(acte) -> list[Changement]:
    nom = acte.donnees.get("fichier")
    return [Changement("Fichier", None, nom)] if nom else []
