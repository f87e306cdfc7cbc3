"""One act: what it says, what it lacks, the verbs that make it go on."""

from collections import defaultdict
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from conventions import documents
from conventions import historique as memoire
from conventions.composition import composer
from conventions.ecarts import comparer
from conventions.joints import projets_remplaces
from conventions.lecture import lire_du_jour, lire_un
from conventions.models import Acte
from conventions.redaction import modifications
from conventions.versements import ecart, par_exercice
from conventions.vie import relances
from conventions.vie.obstacles import jour_de_saisie, obstacles, remplacante
from conventions.views import exemplaires
from conventions.views.communs import acte_visible, habilite, jour_saisi, voir
from dpid.erreurs import ActeRefuse
from dpid.gestes import accomplir, envoi, exiger, nouveau_jeton
from dpid.montants import ZERO
from dpid.typographie import sans_majuscule
from programmes.structures.forms import MessageForm


@dataclass(frozen=True)
class Verbe:
    """A gesture of the page: `etats` in which it is offered, `date` that it records (its label).

    `retenu`: what holds the signature back holds it too, unless whoever may override gives a reason.
    """

    nom: str
    methode: str
    titre: str
    etats: tuple
    permission: str
    succes: str
    date: str = ""
    retenu: bool = False
    demande_motif: bool = False
    est_a_part: bool = False  # offered beside what it settles, not as the next gesture

    def permission_sur(self, acte) -> str:
        """What the structure has signed is given up by those who sign."""
        est_rendu = self.nom == "abandonner" and acte.etat == Etat.SIGNE_STRUCTURE
        return "conventions.signer" if est_rendu else self.permission


Etat = Acte.Etat
VERBES = {
    v.nom: v
    for v in (
        Verbe("remettre", "remettre", "Remettre à la signature", (Etat.PROJET,), "conventions.signer",
              "L’acte est remis à la signature de la structure.", date="Remis le", retenu=True),
        Verbe("signer-structure", "signer_structure", "Enregistrer la signature de la structure", (Etat.A_SIGNER,),
              "conventions.signer", "La signature de la structure est enregistrée.", date="Signé par la structure le",
              retenu=True),
        Verbe("signer", "signer", "Signer au nom du Département", (Etat.SIGNE_STRUCTURE,), "conventions.signer",
              "L’acte est signé : son montant est engagé.", date="Signé par le Département le", retenu=True),
        Verbe("notifier", "notifier", "Notifier", (Etat.SIGNE,), "conventions.signer", "L’acte est notifié.",
              date="Notifié le", retenu=True),
        Verbe("rattacher", "rattacher", "Rattacher à la nouvelle délibération", (Etat.PROJET,), "conventions.signer",
              "L’acte est rattaché à la délibération qui remplace la sienne.", est_a_part=True),
        Verbe("abandonner", "abandonner", "Abandonner cet acte", Acte.EN_COURS, "conventions.generer",
              "L’acte est abandonné : ses lignes sont libres.", demande_motif=True),
    )
}  # fmt: skip


@voir
@require_safe
def acte(request, pk):
    objet = acte_visible(request, pk)
    lu, jour = lire_du_jour(objet), jour_de_saisie(objet)
    texte = composer(lu)
    manques = texte.manques if objet.etat == Etat.PROJET else []
    retenus = obstacles(objet, lu, jour) if objet.etat in (*Acte.EN_COURS, Etat.SIGNE) else []
    # What was sent to signature is shown as it was frozen.
    clauses = objet.document.contexte["clauses"] if objet.document_id else [c.en_donnees() for c in texte.clauses]
    contexte = {
        "acte": objet, "lu": lu, "manques": manques, "obstacles": retenus, "jour": jour,
        "est_apres_la_fin": jour < timezone.localdate(), **_gestes(request.user, objet, manques, retenus),
        "engagements": _engagements(lu) if objet.etat == Etat.SIGNE_STRUCTURE else {},
        "modifications": modifications.apercus(lu, texte.valeurs),
        "parties": [_partie(p, lu.representant_de(p) if p.structure_id else lu.signataire) for p in lu.parties],
        "par_exercice": par_exercice(lu.versements), "ecart": ecart(lu),
        "modifiable": not objet.est_fige and request.user.has_perm("conventions.change_acte"),
        "differences": _differences(lu, texte),
        "clauses": documents.par_nature(clauses), "retard": objet.retard_de_signature(),
        "exemplaires": exemplaires.montres(objet),
    }  # fmt: skip
    return render(request, "conventions/acte.html", contexte)


def _differences(lu, texte) -> list | None:
    """What it says that the project voted in its place did not; None when it replaces none."""
    vote = projets_remplaces([lu]).get(lu.acte.pk)
    if vote is None:
        return None
    dit = lu.acte.document.contexte if lu.acte.document_id else documents.contexte(lu, texte)
    return comparer(vote, dit)


def _gestes(agent, acte, manques, retenus) -> dict:
    """The next gesture, when nothing holds it back, and the way out; `par_exception`: a reason overrides."""
    offerts = [v for v in VERBES.values() if acte.etat in v.etats and agent.has_perm(v.permission_sur(acte))]
    passe_outre = agent.has_perm("conventions.passer_outre") and all(o.est_levable for o in retenus)
    suite = next((v for v in offerts if not (v.demande_motif or v.est_a_part)), None)
    arretee = suite and (suite.nom == "remettre" and manques or suite.retenu and retenus and not passe_outre)
    rattacher = next((v for v in offerts if v.est_a_part), None)
    nouvelle = remplacante(acte) if rattacher else None
    return {
        "suite": None if arretee else suite,
        "par_exception": bool(suite and suite.retenu and retenus),
        "abandon": next((v for v in offerts if v.demande_motif), None),
        "rattacher": rattacher if nouvelle and nouvelle.est_a_transmettre else None,
    }


def _engagements(lu) -> dict:
    """{budget line: euros} that the signature of the Département engages."""
    sommes = defaultdict(lambda: ZERO)
    for f in lu.financements:
        if f.autorisation_id:
            sommes[f.autorisation.ligne] += f.montant
    return dict(sommes)


def _partie(partie, personne) -> dict:
    """A party in a sentence: how it is designated when that says more than its name, who stands for it."""
    nom = str(partie)
    designation = partie.designation if partie.designation.casefold() != nom.casefold() else ""
    qualite = sans_majuscule(personne.qualite) if personne else ""
    return {"nom": nom, "designation": designation, "personne": personne, "qualite": qualite}


@voir
@require_safe
def document(request, pk):
    """The text of the act; `?exemplaire=signe`: the copy that came back signed, when there is one."""
    objet = acte_visible(request, pk)
    if request.GET.get("exemplaire") == "signe" and objet.scan_id:
        contenu, nom = bytes(objet.scan.pdf), objet.scan.nom_fichier
    else:
        try:
            contenu, nom = documents.editer(objet)
        except ActeRefuse as refus:
            messages.error(request, str(refus))
            return redirect(objet)
    reponse = HttpResponse(contenu, content_type="application/pdf")
    reponse["Content-Disposition"] = f'inline; filename="{nom}"'
    return reponse


@voir
@require_safe
def historique(request, pk):
    objet = acte_visible(request, pk)
    contexte = {
        "acte": objet, "objet": objet, "structure": objet.convention.structure,
        "evenements": memoire.de_l_acte(objet),
    }  # fmt: skip
    return render(request, "conventions/historique.html", contexte)


@habilite("conventions.relancer")
def relancer(request, pk):
    """The reminder in one text, to be changed, copied, mailed or printed, then dated as sent."""
    objet = acte_visible(request, pk)
    form = MessageForm(envoi(request), initial=relances.rediger(lire_un(objet), request.user))
    if request.method == "POST" and form.is_valid():
        try:
            courrier, est_nouveau = relances.relancer(
                objet, par=request.user, jeton=request.POST.get("jeton", "")[:32], **form.cleaned_data
            )
        except ActeRefuse as refus:
            form.add_error(None, str(refus))
        else:
            dit = f"La relance du {courrier.envoye_le:%d/%m/%Y} est notée."
            messages.success(request, dit if est_nouveau else "Cette relance était déjà notée.")
            return redirect(objet)
    if objet.etat != Etat.A_SIGNER and not form.errors:
        messages.error(request, f"On ne relance plus : cet acte est à l’état « {objet.get_etat_display()} ».")
        return redirect(objet)
    contexte = {"acte": objet, "form": form, "jeton": request.POST.get("jeton") or nouveau_jeton()}
    return render(request, "conventions/relance.html", contexte)


@voir
@require_POST
def verbe(request, pk, verbe):
    if verbe not in VERBES:
        raise Http404
    choisi = VERBES[verbe]
    objet = acte_visible(request, pk)
    exiger(request.user, choisi.permission_sur(objet))
    options = {"motif": request.POST.get("motif", "").strip()}
    if choisi.date and not (le := jour_saisi(request.POST.get("le"))):
        messages.error(request, f"« {choisi.date} » : donnez une date qui existe. Rien n’a été enregistré.")
        return redirect(objet)
    if choisi.date:
        options["le"] = le
    if verbe == "signer-structure" and (fichier := request.FILES.get("exemplaire")):
        options["scan"] = exemplaires.lire_depot(fichier)
    if verbe == "remettre":
        options["edition"] = documents.rendre_acte(objet, le)
    accomplir(request, getattr(objet, choisi.methode), choisi.succes, **options)
    return redirect(objet)
