"""Brings the rapport of 2024-273 of scratch data to its séance, for the pictures: `manage.py shell -c` runs this text.

Visas, sendings, avis, attendance, four blocks with their déports, one line withdrawn: the facts of the fixture.
"""

from deliberations.assemblee import amendements, blocs, deports
from deliberations.demonstration.assemblee import saisir_assistance
from deliberations.demonstration.fichiers import lire_json
from deliberations.demonstration.votes import recueillir_avis
from deliberations.models import Elu, Proposition, Rapport
from dpid.models import Agent

comptes = {a.username: a for a in Agent.objects.all()}
acte = lire_json("rapport_2024-273.json")
rapport = Rapport.objects.par_reference(f"{acte['seance']['date']}/{acte['rapport']['numero']}")
for etape, compte in (("chef_service", "chef"), ("direction", "direction"), ("finances", "budget")):
    rapport.viser(par=comptes[compte], etape=etape)
rapport.envoyer_en_commission(par=comptes["assemblees"])
recueillir_avis(rapport, acte["avis"])
rapport.envoyer_aux_elus(par=comptes["assemblees"])
saisir_assistance(rapport.seance, acte["seance"]["presences"])
blocs.par_thematique(rapport, par=comptes["assemblees"])
elus = Elu.objects.in_bulk(field_name="code")
votes = [*zip(rapport.blocs.all(), acte["votes"]["blocs"], strict=True), (None, acte["votes"])]
for bloc, vote in votes:
    for code in vote["deports"]:
        deports.deporter(rapport, elus[code].pk, bloc, par=comptes["assemblees"])
proposition = Proposition.objects.filter(
    operation__thematique__rapport=rapport, operation__thematique__numero=3
).first()
amendements.retirer(proposition, par=comptes["assemblees"], motif="Projet reporté par la structure")
