"""Brings scratch data to the middle of an instruction, for the pictures: `manage.py shell -c` runs this text.

Everything goes through the verbs of the application, after `importer_depots` has read the demo's extract.
"""

from decimal import Decimal

from deliberations.arbitrage.ouverture import montants_de_depart
from deliberations.models import Scenario
from dpid.erreurs import ActeRefuse
from dpid.models import Agent
from programmes.instruction.completude import manquantes
from programmes.models import AppelAProjets, Avis, Critere, Dossier, NoteCritere
from programmes.structures.pieces import deposer

comptes = {a.username: a for a in Agent.objects.all()}
par, appel = comptes["instruction"], AppelAProjets.objects.get(annee=2024)
SUIVIS = {"ARR": "territoire", "ART": "artois", "BOU": "littoral", "CAL": "littoral"}
CORPS = b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj"
PDF = b"%%PDF-1.4\n%% %s\n" + CORPS + b"\n%%%%EOF\n"

recus = Dossier.objects.filter(etat=Dossier.Etat.DEPOSE, dispositif__thematique__appel=appel).order_by("pk")
for rang, dossier in enumerate(recus.select_related("structure", "dispositif")):
    codes = {t.code for ligne in dossier.lignes.all() for t in ligne.territoires.all()}
    if rang % 9 == 8:
        continue  # some have just arrived, and some lack a pièce
    for exigence in manquantes(dossier)[1 if rang % 9 == 7 else 0 :]:
        propre = exigence.type.est_du_dossier
        nom = f"{exigence.type.libelle[:40]}.pdf".replace("/", " ")
        deposer(
            dossier.structure, par=par, nom=nom, contenu=PDF % f"{dossier.pk if propre else ''} {nom}".encode(),
            type=exigence.type, dossier=dossier if propre else None,
        )  # fmt: skip
    if manquantes(dossier):
        continue
    dossier.declarer_complet(par=par)
    try:
        dossier.declarer_recevable(par=par)
    except ActeRefuse:
        continue
    dossier.instruire(par=par)
    lieux = [t for ligne in dossier.lignes.all() for t in ligne.territoires.all()]
    dossier.demander_avis(par=par, territoires=lieux, question="Ce projet répond-il à un besoin du territoire ?")
    if not codes <= set(SUIVIS) or rang % 5 == 4:
        continue
    for numero, avis in enumerate(Avis.objects.filter(dossier=dossier).select_related("territoire")):
        reserve = (rang + numero) % 6 == 5
        avis.rendre(
            par=comptes[SUIVIS[avis.territoire.code]], sens="reserve" if reserve else "favorable",
            texte="Le nombre de jeunes paraît élevé pour la période." if reserve else "Partenaire connu, besoin réel.",
            montant=Decimal("3000") if reserve else None,
        )  # fmt: skip
    for critere in Critere.objects.filter(fiche__dispositif=dossier.dispositif):
        NoteCritere.objects.create(
            dossier=dossier, critere=critere, note=min(2, critere.note_max), motif="Vu au dossier."
        )
    dossier.proposer(par=par)

for nom, depart in (("Enveloppe maintenue", "regle"), ("Tout ce qui est demandé", "demande")):
    montants = montants_de_depart(appel, depart, comptes["direction"])
    Scenario.ouvrir(appel=appel, nom=nom, par=comptes["direction"], montants=montants)
