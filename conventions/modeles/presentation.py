"""A model as a rapport joins it: every block with its condition, the name of each field between brackets.

Nothing of it is an act: it has no party, no amount and no number.
"""

from django.conf import settings
from django.db import transaction

from conventions import champs
from conventions.champs import EN_LETTRES
from conventions.delta import Changement, intitule, phrase
from conventions.models import BlocDeModele, FicheAction, Modele, ModelePresente, VersionDeModele
from conventions.repetitions import REPETITIONS, libelles
from deliberations.models import AnnexePresentee
from deliberations.redaction.annexes import numerotees
from deliberations.redaction.renvois import remplacer
from dpid.models import Journal
from dpid.typographie import sans_majuscule

Nature, Contenu = BlocDeModele.Nature, BlocDeModele.Contenu
NUMEROTES = (Nature.ARTICLE, Nature.ANNEXE)
# What the application will write there, in the words of the act.
AJOUTS = {
    Contenu.VERSEMENTS: "[Échéancier : chaque versement, sa condition, son exercice et son montant]",
    Contenu.MODIFICATIONS: "[Modifications propres à l’avenant, un article chacune]",
    Contenu.DONNEES: "[Objet, finalités, données, personnes, durée de conservation et sort des données]",
}


def versions():
    """Those that a rapport may propose: of models of acts, in use or still a draft."""
    proposables = VersionDeModele.objects.exclude(etat=VersionDeModele.Etat.RETIREE).filter(
        modele__nature__in=Modele.ACTES, modele__est_actif=True
    )
    return proposables.select_related("modele").order_by("modele__titre", "-rang")


def a_joindre(rapport, *, modifiable: bool) -> list[dict]:
    """`[{numero, annexe, version, versions}]`: annexes « modèle à adopter », what each joins, what it may join."""
    presentes = {
        p.annexe_id: p.version
        for p in ModelePresente.objects.filter(annexe__rapport=rapport).select_related("version__modele")
    }
    modeles = [(n, a) for n, a in numerotees(rapport) if a.nature == AnnexePresentee.Nature.MODELE]
    offertes = list(versions()) if modeles and modifiable else []
    return [
        {
            "numero": numero, "annexe": annexe, "version": presentes.get(annexe.pk),
            "versions": [v for v in offertes if not annexe.nature_acte or v.modele.nature == annexe.nature_acte],
        }
        for numero, annexe in modeles
    ]  # fmt: skip


@transaction.atomic
def joindre(annexe, version, *, par) -> ModelePresente:
    """Said again, another version takes the place of the former one. Raises ActeFige once the rapport is sent."""
    rapport = annexe.rapport.verrouiller_ouvert()
    presente = ModelePresente.objects.filter(annexe=annexe).first() or ModelePresente(annexe=annexe)
    if presente.version_id == version.pk:
        return presente
    presente.version = version
    presente.save()
    Journal.noter(
        rapport, "joindre_modele", f"Joindre un modèle à l’annexe « {annexe.intitule} »"[:120], par=par,
        vers=str(version)[:60],
    )  # fmt: skip
    return presente


def contexte(version) -> dict:
    """Everything that the model prints, as the context of an act; its blocks are read with it."""
    blocs, numeros = list(version.blocs.all()), _numeroter(version)
    valeurs = {c.cle: f"[{c.libelle}]" for c in champs.CHAMPS} | {
        f"{b.nature}:{b.cle}": f"{b.get_nature_display().lower()}\u00a0{numeros[b.pk]}"
        for b in blocs
        if b.pk in numeros
    }
    return {
        "nature": "modele",
        "collectivite": settings.DPID["collectivite"],
        "ville": settings.DPID["ville"],
        "emetteur": [],
        "titre": "Avenant à la convention" if version.modele.nature == Modele.Nature.AVENANT else "Convention",
        "numero": "",
        "objet": str(version.modele),
        "exemplaires": version.exemplaires,
        "exemplaires_en_lettres": EN_LETTRES.get(version.exemplaires, str(version.exemplaires)),
        "parties": [_departement(), _structure(version)],
        "clauses": [_clause(b, numeros, blocs, valeurs) for b in blocs],
    }


def _numeroter(version) -> dict[int, int]:
    """{block: number}, as an act that keeps every block would number them."""
    rangs, numeros = dict.fromkeys(NUMEROTES, 0), {}
    for bloc in version.blocs.all():
        if bloc.nature in rangs:
            rangs[bloc.nature] += 1
            numeros[bloc.pk] = rangs[bloc.nature]
    return numeros


def _departement() -> dict:
    dite = champs.PAR_CLE["qualite_signataire"].libelle
    return {
        "nom": settings.DPID["collectivite"], "designation": "le Département", "departement": True, "president": None,
        "representant": f"[{champs.PAR_CLE['signataire'].libelle}]", "qualite": f"[{dite}]", "fonction": f"[{dite}]",
        "habilitation": "", "adresse": settings.DPID["siege"], "siret": "",
    }  # fmt: skip


def _structure(version) -> dict:
    noms = ("structure", "representant", "qualite", "habilitation", "adresse", "siret")
    dites = {nom: f"[{champs.PAR_CLE[nom].libelle}]" for nom in noms}
    return {
        "nom": dites.pop("structure"), "designation": version.designation, "departement": False, "president": None,
        "fonction": dites["qualite"], **dites,
    }  # fmt: skip


def _clause(bloc, numeros, blocs, valeurs) -> dict:
    titre, texte = bloc.titre, bloc.texte
    if bloc.operation:
        fiche = "[intitulé de l’opération]" if bloc.avec_fiche else ""
        change = Changement(
            bloc.operation, bloc.cible, bloc.numero, texte, bloc.alinea, titre, fiche, bloc.numero_donne
        )  # fmt: skip
        titre, texte = titre or intitule(change), phrase(change)
    parties = [remplacer(texte, valeurs), _ajout(bloc, valeurs)]
    if bloc.contenu == Contenu.ANNEXES:
        annexes = [b for b in blocs if b.nature == Nature.ANNEXE]
        parties.append("\n".join(f"- Annexe {numeros[b.pk]} : {remplacer(b.titre, valeurs)}" for b in annexes))
    condition = f" ({sans_majuscule(bloc.get_condition_display())})" if bloc.condition else ""
    return {
        "nature": bloc.nature,
        "cle": bloc.cle,
        "numero": numeros.get(bloc.pk),
        "titre": f"{remplacer(titre, valeurs)}{condition}",
        "texte": "\n\n".join(filter(None, parties)) + (condition if bloc.nature == Nature.VISA else ""),
        "fiche": _fiche() if bloc.contenu == Contenu.FICHES else None,
        "versements": [],
    }


def _ajout(bloc, valeurs) -> str:
    """What the application will write; a repeated row is shown once, between the names of its fields."""
    repetition = REPETITIONS.get(bloc.contenu)
    forme = repetition and (bloc.rangee or repetition.forme)
    if not forme:
        return AJOUTS.get(bloc.contenu, "")
    rangee = remplacer(forme, valeurs | dict(libelles(bloc)))
    return rangee if bloc.nature == Nature.VISA else f"- {rangee}"


def _fiche() -> dict:
    """The labels of a fiche action, each to be filled by the opération."""
    rubriques = [
        {"cle": cle, "libelle": libelle, "texte": f"[{libelle}]", "origine": ""}
        for cle, libelle in FicheAction.LIBELLES.items()
    ]
    return {"titre": "Fiche action", "rubriques": rubriques}
