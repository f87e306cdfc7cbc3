"""One act: what it says, what it lacks, the verbs that make it go on."""

from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from conventions import documents
from conventions.composition import composer
from conventions.lecture import lire_un
from conventions.models import Acte
from conventions.redaction import modifications
from conventions.versements import ecart, par_exercice
from conventions.vie import signature
from conventions.views.communs import acte_visible, voir
from dpid.documents import blocs
from dpid.gestes import accomplir, exiger


@dataclass(frozen=True)
class Verbe:
    """A button of the page: `etats` in which it shows, whether it takes a reason."""

    nom: str
    methode: str
    titre: str
    etats: tuple
    permission: str
    succes: str
    demande_motif: bool = False
    est_dangereux: bool = False


Etat = Acte.Etat
VERBES = {
    v.nom: v
    for v in (
        Verbe("remettre", "remettre", "Remettre à la signature", (Etat.PROJET,), "conventions.signer",
              "L’acte est remis à la signature de la structure.", demande_motif=True),
        Verbe("signer-structure", "signer_structure", "Enregistrer la signature de la structure", (Etat.A_SIGNER,),
              "conventions.signer", "La signature de la structure est enregistrée."),
        Verbe("signer", "signer", "Signer au nom du Département", (Etat.SIGNE_STRUCTURE,), "conventions.signer",
              "L’acte est signé : son montant est engagé.", demande_motif=True),
        Verbe("notifier", "notifier", "Notifier", (Etat.SIGNE,), "conventions.signer", "L’acte est notifié."),
        Verbe("abandonner", "abandonner", "Abandonner", Acte.EN_COURS, "conventions.generer",
              "L’acte est abandonné : ses lignes sont libres.", demande_motif=True, est_dangereux=True),
    )
}  # fmt: skip


@voir
@require_safe
def acte(request, pk):
    objet = acte_visible(request, pk)
    lu = lire_un(objet)
    texte = composer(lu)
    contexte = {
        "acte": objet, "lu": lu, "texte": texte, "obstacles": signature.obstacles(objet, lu),
        "verbes": [
            v for v in VERBES.values() if objet.etat in v.etats and request.user.has_perm(v.permission)
        ],
        "modifications": modifications.apercus(lu, texte.valeurs),
        "parties": [(p, lu.representant_de(p) if p.structure_id else lu.signataire) for p in lu.parties],
        "par_exercice": par_exercice(lu.versements), "ecart": ecart(lu),
        "modifiable": not objet.est_fige and request.user.has_perm("conventions.change_acte"),
        "clauses": [(clause, blocs(clause.texte)) for clause in texte.clauses],
    }  # fmt: skip
    return render(request, "conventions/acte.html", contexte)


@voir
@require_safe
def document(request, pk):
    contenu, nom = documents.editer(acte_visible(request, pk))
    reponse = HttpResponse(contenu, content_type="application/pdf")
    reponse["Content-Disposition"] = f'inline; filename="{nom}"'
    return reponse


@voir
@require_POST
def verbe(request, pk, verbe):
    if verbe not in VERBES:
        raise Http404
    choisi = VERBES[verbe]
    objet = acte_visible(request, pk)
    exiger(request.user, choisi.permission)
    options = {"motif": request.POST.get("motif", "")}
    if verbe == "remettre":
        options["edition"] = documents.rendre_acte(objet)
    accomplir(request, getattr(objet, choisi.methode), choisi.succes, **options)
    return redirect(objet)
