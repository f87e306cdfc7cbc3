"""The signed copy of an act, deposited by hand; the former ones stay readable."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from conventions.models import Acte
from conventions.vie import exemplaires
from conventions.views.communs import acte_visible, habilite, voir
from dpid.erreurs import ActeRefuse
from dpid.gestes import accomplir
from dpid.models import Document


def lire_depot(fichier) -> bytes:
    """The bytes of a deposited file, no further than what is refused."""
    return fichier.read(exemplaires.TAILLE_MAX + 1)


def montres(acte) -> dict:
    """What the section « exemplaire signé » of a page shows of an act."""
    copies = [acte.scan, *exemplaires.precedents(acte)] if acte.scan_id else []
    attendu = acte.etat == Acte.Etat.A_SIGNER
    return {
        "copies": copies, "depot": acte.etat in exemplaires.APRES_SIGNATURE,
        "revenues": acte.pages.retenues().count() if attendu else 0,
    }  # fmt: skip


@habilite("conventions.signer")
@require_POST
def deposer(request, pk):
    """The copy that was missing, the one that both parties signed, or the pièce of a convention signed elsewhere."""
    acte = acte_visible(request, pk)
    fichier = request.FILES.get("exemplaire")

    def verbe(*, par):
        if fichier is None:
            raise ActeRefuse("Choisissez le PDF de l’exemplaire signé.")
        exemplaires.deposer(acte, lire_depot(fichier), par=par)

    accomplir(request, verbe, "L’exemplaire signé est déposé ; les précédents restent dessous.")
    return redirect(f"{acte.get_absolute_url()}#exemplaires")


@voir
@require_safe
def exemplaire(request, pk, document):
    """One of its copies, the present one or a former one."""
    acte = acte_visible(request, pk)
    if document not in {d.pk for d in montres(acte)["copies"]}:
        raise Http404
    copie = get_object_or_404(Document, pk=document)
    reponse = HttpResponse(bytes(copie.pdf), content_type="application/pdf")
    reponse["Content-Disposition"] = f'inline; filename="{copie.nom_fichier}"'
    return reponse
