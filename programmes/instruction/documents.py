"""The fiche d'instruction: everything that decides of a dossier on A4, marked « PROJET » until it is proposed."""

from django.conf import settings
from django.db.models import FilteredRelation, Q
from django.utils import timezone

from dpid.documents import blocs, rendre_pdf
from dpid.montants import euros
from dpid.typographie import date_courte, nombre
from programmes import regles
from programmes.instruction import fiche
from programmes.instruction.completude import exigences
from programmes.instruction.forms import libelle_ancre
from programmes.models import Avis, Critere, Dossier, Remarque
from programmes.models.previsionnel import totaliser

Etat = Dossier.Etat
PROVISOIRES = (
    Etat.DEPOSE, Etat.INCOMPLET, Etat.COMPLET, Etat.RECEVABLE, Etat.EN_INSTRUCTION, Etat.AVIS,
)  # fmt: skip


def e(montant) -> str:
    return euros(montant, symbole=True)


def editer(dossier, agent) -> tuple[bytes, str]:
    """(PDF, file name). `agent` bounds what is said of the structure's other dossiers."""
    titre = f"Fiche d’instruction – dossier n°\u00a0{dossier.pk} – {dossier.structure}"
    projet = dossier.etat in PROVISOIRES
    pdf = rendre_pdf("documents/fiche_instruction.html", contexte(dossier, agent), titre=titre, projet=projet)
    return pdf, f"dossier-{dossier.pk}{'_projet' if projet else ''}_fiche-instruction.pdf"


def contexte(dossier, agent) -> dict:
    lignes, la_fiche = fiche.lire_lignes(dossier, ventilees=False), regles.la_fiche(dossier)
    postes = list(dossier.postes.all())
    totaux, budget = fiche.totaux(lignes), totaliser(postes)
    return {
        "collectivite": settings.DPID["collectivite"],
        "date": timezone.localdate().isoformat(),
        "pied": f"Dossier n°\u00a0{dossier.pk} – {dossier.structure}",
        "dossier": dossier,
        "identite": _identite(dossier),
        "totaux": totaux,
        "lignes": [_ligne(ligne, la_fiche, budget, totaux) for ligne in lignes],
        "alertes": [*fiche.alertes_du_dossier(dossier, lignes), *(a.phrase for a in _alertes(dossier, lignes, budget))],
        "credits": [_credit(ae) for ae in fiche.credits_de(dossier, lignes)],
        "budget": budget,
        "postes": postes,
        "exigences": [x.phrase() for x in exigences(dossier)],
        "avis": _avis(dossier),
        "remarques": _remarques(dossier),
        "notes": _notes(dossier) if la_fiche else [],
        "passe": fiche.passe(dossier, agent),
    }


def _alertes(dossier, lignes, budget):
    return regles.alertes(dossier, lignes=lignes, totaux=budget)


def _identite(dossier) -> list[tuple[str, str]]:
    structure, session = dossier.structure, dossier.session
    couples = [
        ("Structure", f"{structure} ({structure.get_type_display()})"),
        ("SIRET", structure.siret_imprime or "manquant"),
        ("Appel et thématique", f"{dossier.dispositif.thematique.appel} – {dossier.dispositif.thematique}"),
        ("Dispositif", str(dossier.dispositif)),
        ("Action", dossier.intitule),
        ("Origine", f"{dossier.get_origine_display()}{f', {session}' if session else ''}"),
        ("Déposé le", date_courte(timezone.localtime(dossier.depose_le)) if dossier.depose_le else ""),
        ("Contact préalable", _contact(dossier)),
        ("Service instructeur", str(dossier.dispositif.service or "")),
        ("Instruit par", str(dossier.instructeur or "")),
        ("État", f"{dossier.get_etat_display()} depuis le {date_courte(timezone.localtime(dossier.etat_le))}"),
        ("Motif", dossier.motif),
    ]
    return [(titre, valeur) for titre, valeur in couples if valeur]


def _contact(dossier) -> str:
    if dossier.contact_le is None:
        return ""
    return f"{date_courte(dossier.contact_le)}{f', avec {dossier.contact_avec}' if dossier.contact_avec else ''}"


def _ligne(ligne, la_fiche, budget, totaux) -> dict:
    calcul = regles.calculer(ligne, la_fiche, budget)
    periode = " ".join(f"{mot} {date_courte(jour)}" for mot, jour in (("du", ligne.debut), ("au", ligne.fin)) if jour)
    details = [ligne.description, ", ".join(str(q) for q in ligne.quantites.all()), periode]
    return {
        "territoires": ligne.libelles_territoires() or "Sans territoire",
        "details": "\n".join(filter(None, details)),
        "demande": euros(ligne.demande), "propose": euros(ligne.propose), "retenu": euros(ligne.retenu),
        "regle": calcul.phrase if calcul else "",
        "acte": ligne.get_nature_acte_display(),
    }  # fmt: skip


def _credit(ae) -> str:
    return (
        f"{ae.ligne.code} {ae.intitule} (AE {ae.millesime}) : reste {e(ae.disponible_apres_reserve)} sur {e(ae.vote)}, "
        "réservé déduit."
    )


def _avis(dossier) -> list[dict]:
    rendus = [
        {
            "qui": a.destinataire, "etat": a.get_etat_display(), "sens": a.get_sens_display(), "blocs": blocs(a.texte),
            "le": date_courte(timezone.localtime(a.rendu_le)) if a.rendu_le else "",
            "echeance": date_courte(a.echeance_le), "montant": euros(a.montant),
            "quantite": nombre(a.quantite) if a.quantite is not None else "",
        }
        for a in Avis.objects.filter(dossier=dossier).select_related("territoire", "service")
    ]  # fmt: skip
    return rendus + [
        {
            "qui": i.get_instance_display(), "etat": "Rendu", "sens": i.get_sens_display(), "blocs": blocs(i.texte),
            "le": date_courte(i.rendu_le), "echeance": "", "montant": euros(i.montant), "quantite": "",
        }
        for i in dossier.avis_instances.all()
    ]  # fmt: skip


def _remarques(dossier) -> list[dict]:
    ouvertes = dossier.remarques.exclude(etat=Remarque.Etat.CLOSE).select_related("par", "repondue_par")
    return [
        {
            "ancre": libelle_ancre(r), "etat": r.get_etat_display(), "texte": r.texte, "reponse": r.reponse,
            "par": f"{r.par}, à demander à la structure" if r.est_pour_structure else str(r.par),
        }
        for r in ouvertes
    ]  # fmt: skip


def _notes(dossier) -> list[dict]:
    """The grid of the fiche, with what this dossier received: one query."""
    criteres = Critere.objects.filter(fiche__dispositif=dossier.dispositif_id)
    criteres = criteres.annotate(donnee=FilteredRelation("notes", condition=Q(notes__dossier=dossier)))
    lus = criteres.values_list("libelle", "note_max", "donnee__note", "donnee__motif")
    return [
        {"critere": critere, "sur": sur, "note": None if note is None else {"note": note, "motif": motif}}
        for critere, sur, note, motif in lus
    ]
