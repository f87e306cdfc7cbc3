"""The séance in the admin: attendance, déports, voices, chair, results and amendments, by the gestures of its page.

Each act asks what its gesture needs with lists instead of names to type, and hands it over: the same verbs, the same
refusals, the same history as `deliberations/assemblee/gestes.py` writes for the daily page.
"""

from django import forms

from deliberations.assemblee import gestes, saisie
from deliberations.assemblee import vote as feuille_de_vote
from deliberations.assemblee.blocs import presidence_vue
from deliberations.assemblee.composition import Etat, de_la_seance
from deliberations.assemblee.forms import FeuilleForm
from deliberations.models import BlocDeVote, Rapport, VoixDissidente
from dpid.admin_actes import ActeDAdmin
from dpid.montants import MontantFormField, euros
from dpid.textes import cle_numerique

TENIR = "deliberations.tenir_seance"
INCHANGE = "Rien n’a changé."


class GesteForm(forms.Form):
    """`donnees`: what the gesture reads; `bloc`: the block designated, None for the one that is implied."""

    def __init__(self, data, rapport):
        super().__init__(data)
        self.rapport = rapport
        self.feuille = feuille_de_vote.lire(rapport)
        self.preparer()

    def preparer(self):
        """Fields of the gesture."""

    def choix(self, nom, label, choices, *, required=True, **options):
        self.fields[nom] = forms.ChoiceField(label=label, choices=choices, required=required, **options)

    def choix_du_bloc(self):
        cartes = self.feuille.cartes
        self.choix("bloc", "Bloc de vote", [(c.bloc.pk or "", str(c.bloc)) for c in cartes], required=len(cartes) > 1)

    def membres(self, membres, vide=None) -> list:
        return [*([("", vide)] if vide else []), *((m.elu_id, m.nom_a_taper) for m in membres)]

    @property
    def bloc(self) -> BlocDeVote | None:
        pk = cle_numerique(self.cleaned_data.get("bloc", ""))
        return next((c.bloc for c in self.feuille.cartes if pk and c.bloc.pk == pk), None)

    @property
    def donnees(self) -> dict:
        return {nom: valeur for nom, valeur in self.cleaned_data.items() if nom != "bloc" and valeur is not None}


class AssistanceForm(GesteForm):
    """How one member attends this rapport; an empty state goes back to the sheet of the séance."""

    def preparer(self):
        membres = self.feuille.assistance.membres
        noms = [(m.nom_a_taper, f"{m.nom_a_taper} ({saisie.dire(m).lower()})") for m in membres]
        self.choix("qui", "Membre", noms)
        self.choix("etat", "À ce rapport", [("", "Comme à la séance"), *Etat.choices], required=False)
        presents = [("", "Personne"), *((m.nom_a_taper, m.nom_a_taper) for m in self.feuille.assistance.presents)]
        self.choix("mandataire", "Délégation donnée à", presents, required=False)


class DeportForm(GesteForm):
    def preparer(self):
        aide = "Pour un membre présent ; les autres se déportent de tout le rapport."
        self.choix("elu", "Se déporte", self.membres(self.feuille.comptee.membres))
        self.choix_du_bloc()
        self.fields["bloc"].help_text = aide


class RetirerDeportForm(GesteForm):
    """Déports recorded, « élu:bloc », the whole rapport when the block is empty."""

    def preparer(self):
        deports = [(f"{m.elu_id}:", f"{m.nom_a_taper} – tout le rapport") for m in self.feuille.deportes_du_rapport]
        deports += [
            (f"{m.elu_id}:{c.bloc.pk}", f"{m.nom_a_taper} – {c.bloc}") for c in self.feuille.cartes for m in c.deportes
        ]
        self.choix("deport", "Déport", deports)

    def clean(self):
        donnees = super().clean()
        donnees["retirer"], _, donnees["bloc"] = donnees.pop("deport", ":").partition(":")
        return donnees


class VoixForm(GesteForm):
    def preparer(self):
        salle = self.feuille.comptee
        noms = [(m.nom_a_taper, m.nom_a_taper) for m in (*salle.presents, *salle.excuses)]
        groupes = [(g, g) for g in self.feuille.groupes]
        self.choix("qui", "Membre ou groupe entier", [("Membres", noms), ("Groupes", groupes)])
        self.choix("sens", "Voix", VoixDissidente.Sens.choices)
        self.choix_du_bloc()


class RetirerVoixForm(GesteForm):
    def preparer(self):
        voix = [
            (f"{m.elu_id}:{c.bloc.pk}", f"{m.nom_a_taper}, {VoixDissidente.Sens(sens).label.lower()} – {c.bloc}")
            for c in self.feuille.cartes for m, sens in c.dissidences
        ]  # fmt: skip
        self.choix("voix", "Voix", voix)

    def clean(self):
        donnees = super().clean()
        donnees["retirer"], _, donnees["bloc"] = donnees.pop("voix", ":").partition(":")
        return donnees


class ResultatForm(GesteForm):
    def preparer(self):
        self.choix_du_bloc()
        self.choix("resultat", "Résultat", BlocDeVote.Resultat.choices)
        self.fields["motif"] = forms.CharField(
            label="Motif", required=False, max_length=250, help_text="Exigé quand le bloc n’est pas adopté."
        )


class PresidenceForm(GesteForm):
    def preparer(self):
        self.choix_du_bloc()
        votants = self.membres(self.feuille.comptee.votants, vide="Comme à la séance")
        self.choix("president", "Préside pour ce bloc", votants, required=False)
        self.choix("secretaire", "Secrétaire pour ce bloc", votants, required=False)

    @property
    def donnees(self):
        return {**super().donnees, "vu": presidence_vue(self.bloc) if self.bloc else "/"}


class LigneForm(GesteForm):
    def preparer(self):
        propositions = self.rapport.propositions.select_related("ligne__dossier__structure", "operation", "amendement")
        self.propositions = {str(p.pk): p for p in propositions.prefetch_related("ligne__financements")}
        self.choix("ligne", "Ligne", [(pk, self._libelle(p)) for pk, p in self.propositions.items()])
        sens = [("montant", "Amender le montant"), ("retrait", "Retirer la ligne"), ("retablir", "Rétablir la ligne")]
        self.choix("sens", "Décision", sens)
        self.fields["montant"] = MontantFormField(label="Crédits votés", required=False)
        self.fields["motif"] = forms.CharField(label="Motif", required=False, max_length=250)

    @staticmethod
    def _libelle(proposition) -> str:
        montant = euros(sum(f.montant for f in proposition.ligne.financements.all()), True)
        amendement = getattr(proposition, "amendement", None)
        suite = f" – {amendement.get_nature_display().lower()}" if amendement else ""
        return f"{proposition.ligne.dossier.structure} – {proposition.operation.libelle_court} – {montant}{suite}"

    @property
    def donnees(self):
        proposition = self.propositions[self.cleaned_data["ligne"]]
        vu = gestes.amendement_vu(getattr(proposition, "amendement", None))
        return {**super().donnees, "vu": vu}


class SansChamp(GesteForm):
    """A gesture on the whole vote."""


def _geste(nom, titre, acte, form, *, permis=None, consequence="") -> ActeDAdmin:
    def accomplir(rapport, agent, saisi):
        return gestes.faire(acte, rapport, saisi.bloc, saisi.donnees, par=agent) or INCHANGE

    return ActeDAdmin(
        nom, titre, permis or (lambda rapport, agent: not rapport.est_vote), accomplir, form=form, permission=TENIR,
        consequence=lambda rapport: consequence,
    )  # fmt: skip


def _en_seance(rapport, agent) -> bool:
    return rapport.etat == Rapport.Etat.ENVOYE


def _plusieurs_thematiques(rapport, agent) -> bool:
    return not rapport.est_vote and rapport.thematiques.count() > 1


DU_RAPPORT = (
    _geste("assistance", "Amender l’assistance", "assistance", AssistanceForm),
    _geste("deporter", "Enregistrer un déport", "deport", DeportForm),
    _geste("annuler_deport", "Annuler un déport", "deport", RetirerDeportForm,
           permis=lambda r, agent: not r.est_vote and r.deports.exists()),
    _geste("exprimer", "Enregistrer une voix contre ou une abstention", "voix", VoixForm),
    _geste("retirer_voix", "Retirer une voix", "voix", RetirerVoixForm,
           permis=lambda r, agent: not r.est_vote and VoixDissidente.objects.filter(bloc__rapport=r).exists()),
    _geste("presider", "Remplacer qui préside un bloc", "presidence", PresidenceForm),
    _geste("par_thematique", "Voter un bloc par thématique", "par-thematique", SansChamp,
           permis=_plusieurs_thematiques, consequence="Chaque thématique devient un bloc de vote."),
    _geste("un_seul_bloc", "Voter en un seul bloc", "un-seul-bloc", SansChamp,
           permis=lambda r, agent: not r.est_vote and r.blocs.count() > 1, consequence="Tout se vote ensemble."),
    _geste("decider", "Décider d’un bloc", "resultat", ResultatForm, permis=_en_seance),
    _geste("amender_ligne", "Amender une ligne", "ligne", LigneForm, permis=_en_seance),
)  # fmt: skip


# --- The whole sheet of a séance


def _feuille(data, seance):
    return FeuilleForm(data, seance=seance, assistance=de_la_seance(seance))


def _enregistrer(seance, agent, form):
    donnees = form.cleaned_data
    change = saisie.enregistrer(
        seance, form.saisis, president=donnees["president"], secretaire=donnees["secretaire"], lue=donnees["empreinte"],
        par=agent,
    )  # fmt: skip
    return f"L’assistance est enregistrée : {saisie.resume(de_la_seance(seance))}." if change else INCHANGE


DE_LA_SEANCE = (
    ActeDAdmin(
        "assistance", "Saisir l’assistance",
        lambda seance, agent: not seance.rapports.filter(etat=Rapport.Etat.ADOPTE).exists(),
        _enregistrer, form=_feuille, permission=TENIR,
        consequence=lambda seance: "Les déports et les voix des rapports de cette séance suivent l’assistance.",
    ),
)  # fmt: skip
