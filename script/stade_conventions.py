"""Brings scratch data whose rapports are adopted to the life of their acts: `manage.py shell -c` runs this text.

Votes made exécutoires, acts of 2023-604 generated, sent, signed, notified; an avenant without money in force, another
in preparation; pages back from the copier, one of them unreadable; a model being written. Each is done on its day,
weeks before the one on which the pictures are taken (`JOURS` of captures.py).
"""

import io
from datetime import date

import pypdfium2
import time_machine
from django.core.management import call_command
from PIL import Image

from conventions import documents
from conventions.generation.plan import prevoir
from conventions.generation.preparation import preparer
from conventions.modeles import edition
from conventions.models import Acte, BlocDeModele, Modele, Modification
from conventions.redaction.ouverture import modeles_sans_montant, preparer_avenant
from conventions.vie import exemplaires, numerisation
from deliberations.dossier_de_seance import conservation, transmission
from deliberations.models import Deliberation, Rapport
from dpid.models import Agent

comptes = {a.username: a for a in Agent.objects.all()}
par = comptes["conventions"]
MEMPA, CAF = "MAISON DE L'EMPLOI ET DES METIERS EN PAYS D'ARTOIS", "CAISSE D'ALLOCATIONS FAMILIALES (CAF)"
CENTRES = "Fédération des Centres Sociaux du Nord/Pas-De-Calais"
VOTE, SUIVANT = "2023-12-11", "2024-06-17"  # séances of 2023-604 and of 2024-273


def le(jour, heure=10):
    return time_machine.travel(f"{jour}T{heure:02}:00:00+02:00", tick=False)


def acte_de(structure, rang, *, seance):
    return Acte.objects.get(convention__structure__raison_sociale=structure, rang=rang, rapport__seance__date=seance)


def mener(acte, remis=None, structure=None, departement=None, notifie=None, avec_exemplaire=True):
    """As far as the days given go; the text that left stands for the copy that the structure signed."""
    for jour, verbe in (
        (remis, "remettre"), (structure, "signer_structure"), (departement, "signer"), (notifie, "notifier"),
    ):  # fmt: skip
        if jour:
            acte = Acte.objects.get(pk=acte.pk)
            with le(jour):
                options = {"edition": documents.rendre_acte(acte)} if verbe == "remettre" else {}
                if verbe == "signer_structure" and avec_exemplaire:
                    options["scan"] = bytes(acte.document.pdf)
                getattr(acte, verbe)(par=par, le=date.fromisoformat(jour), **options)
    return Acte.objects.get(pk=acte.pk)


def amender(convention, jour, objet, **modification):
    """An avenant without money, with one modification."""
    with le(jour):
        acte, _ = preparer_avenant(convention, par=par, version=modeles_sans_montant().first(), objet=objet)
        Modification(acte=acte, ordre=1, **modification).save()
    return acte


def copier(acte, illisible):
    """What a copier gives: images of its pages, the last first; one (from 0) lost its foot, hence its code."""
    images = []
    with pypdfium2.PdfDocument(bytes(acte.document.pdf)) as source:
        for rang, feuille in enumerate(source):
            image = feuille.render(scale=150 / 72).to_pil().convert("L")
            if rang == illisible:
                image.paste(255, (0, int(image.height * 0.9), image.width, image.height))
            images.insert(0, image)
    sortie = io.BytesIO()
    images[0].save(sortie, "PDF", save_all=True, append_images=images[1:], resolution=150)
    return sortie.getvalue()


# --- Votes, then what they call for
for numero, transmise, publiee in (
    ("2022-375", "2022-09-28", "2022-09-30"), ("2023-604", "2023-12-12", "2023-12-14"),
    ("2024-273", "2024-06-18", "2024-06-20"),
):  # fmt: skip
    deliberation = Deliberation.objects.get(numero=numero)
    dates = {"transmise_le": transmise, "recue_le": transmise, "publiee_le": publiee}
    transmission.dater(
        deliberation, par=comptes["assemblees"], dates={c: date.fromisoformat(j) for c, j in dates.items()},
        connues=transmission.signature(transmission.etat(deliberation)),
    )  # fmt: skip
conservation.conserver(Deliberation.objects.get(numero="2023-604"), par=comptes["assemblees"])
call_command("generer_actes", "2023-604", par="conventions", stdout=io.StringIO())
# An act of 2024 whose structure is hardly known: its page says what it lacks.
rapport = Rapport.objects.par_reference("2024-273")
preparer(next(p for p in prevoir(rapport) if str(p.structure) == "SIA"), rapport, par=par)

# --- Signatures; the signed copies of the conventions born before the application, but one
PIECE = io.BytesIO()
Image.new("L", (1240, 1754), 255).save(PIECE, "PDF")
for repris in Acte.objects.signes().filter(version_modele=None).exclude(convention__numero="2023-01628"):
    exemplaires.deposer(repris, PIECE.getvalue(), par=par)
mempa = mener(acte_de(MEMPA, 0, seance=VOTE), "2023-12-18", "2024-01-08", "2024-01-15", "2024-01-22")
mener(acte_de(CENTRES, 0, seance=VOTE), "2023-12-18", "2024-01-12", "2024-01-19", "2024-01-29")
mener(acte_de(CAF, 4, seance=VOTE), "2023-12-18", "2024-09-11")
mener(acte_de("4AJ", 1, seance=VOTE), "2023-12-20", "2024-01-10", "2024-01-19", "2024-01-29")
mener(acte_de("CAPSO", 1, seance=VOTE), "2023-12-20", "2024-09-03", "2024-09-10", avec_exemplaire=False)
mener(acte_de("ADIL 59/62", 0, seance=SUIVANT), "2024-06-24", "2024-07-05", "2024-07-09", "2024-07-15")
mener(acte_de("Habitat Insertion", 1, seance=VOTE), "2024-07-08")
revenu = mener(acte_de("Rencontres et Loisirs", 1, seance=VOTE), "2024-08-26")
mener(acte_de("Blanzy Pourre", 1, seance=SUIVANT), "2024-09-09")

# --- Avenants without money: one changed the text in force, another is prepared
convention = mempa.convention
suivi = amender(
    convention, "2024-04-15", "Réunions de suivi", operation="completer", cible="article", numero=6,
    texte="Une réunion de suivi se tient chaque trimestre, à l’initiative du Département.",
)  # fmt: skip
mener(suivi, "2024-04-18", "2024-05-02", "2024-05-06", "2024-05-13")
amender(
    convention, "2024-09-12", "Évaluation du dispositif", operation="inserer_apres", cible="article", numero=8,
    numero_donne="8 bis", titre="Évaluation",
    texte="L’organisme prend part à l’évaluation du dispositif : il répond aux questionnaires du Département.",
)  # fmt: skip

# --- Pages back from the copier, one without its code
with le("2024-09-16", 9):
    lot = numerisation.deposer("retour_16-09.pdf", copier(revenu, illisible=0), par=par)
    numerisation.demander_lecture(lot, par=par)

# --- A model being written: what its lint names is still there
with le("2024-09-13"):
    version = Modele.objects.get(code="convention-type").nouvelle_version(par=par)
    edition.ajouter(
        BlocDeModele(
            version_modele=version, nature="article", cle="assurance", titre="Assurance",
            texte="L’organisme est assuré pour l’action (contrat n° XXX), dans la limite de {montan}.",
        )
    )  # fmt: skip
