"""An avenant that moves no money: a new representative, a new name, an article rewritten. It needs no rapport."""

from django.db import transaction
from django.db.models import Exists, OuterRef

from conventions.generation.preparation import rang_suivant
from conventions.models import Acte, BlocDeModele, Convention, Modele, Partie, VersionDeModele
from dpid.erreurs import ActeRefuse
from dpid.gestes import deja_cree
from dpid.models import Journal


def modeles_sans_montant():
    """Published models of avenants that leave to each act what it changes: those with amounts come from a rapport."""
    siens = BlocDeModele.objects.filter(version_modele=OuterRef("pk"))
    return VersionDeModele.objects.filter(
        Exists(siens.filter(contenu=BlocDeModele.Contenu.MODIFICATIONS)), ~Exists(siens.exclude(operation="")),
        etat=VersionDeModele.Etat.PUBLIEE, modele__nature=Modele.Nature.AVENANT, modele__est_actif=True,
    ).select_related("modele").order_by("modele__titre")  # fmt: skip


@transaction.atomic
def preparer_avenant(convention, *, par, version, objet, jeton="") -> tuple[Acte, bool]:
    """`(avenant, made now)`: the next number of the convention, its parties named again. Raises ActeRefuse.

    The same form sent twice (`jeton`) makes one avenant; the convention is locked while it is numbered.
    """
    if jeton and (cle := deja_cree(Acte, par, jeton)):
        return Acte.objects.get(pk=cle), False
    convention = Convention.verrouiller(convention.pk)
    if convention.etat != Convention.Etat.EN_COURS:
        etat = convention.get_etat_display().lower()
        raise ActeRefuse(f"La {convention} est à l’état « {etat} » : seule une convention en cours reçoit un avenant.")
    acte = Acte.objects.create(
        convention=convention, rang=rang_suivant(convention), version_modele=version, objet=objet,
        exemplaires=version.exemplaires,
    )  # fmt: skip
    Partie.objects.bulk_create(_parties(acte))
    Journal.noter(acte, "creer", "Préparer l’avenant", par=par, vers=acte.etat, donnees={"jeton": jeton})
    return acte, True


def _parties(acte) -> list[Partie]:
    """Those of the latest act that named them, each by whoever is in office now; else the two of any convention."""
    connues = Partie.objects.filter(acte__convention=acte.convention).exclude(acte__etat=Acte.Etat.ABANDONNE)
    derniere = connues.order_by("-acte__rang").values_list("acte", flat=True).first()
    if derniere is None:
        structure = acte.convention.structure
        return [
            Partie(acte=acte, ordre=1, designation="le Département"),
            Partie(acte=acte, ordre=2, structure=structure, designation=acte.version_modele.designation),
        ]
    return [
        Partie(acte=acte, ordre=p.ordre, structure_id=p.structure_id, designation=p.designation)
        for p in connues.filter(acte=derniere)
    ]
