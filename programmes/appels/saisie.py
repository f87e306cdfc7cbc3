"""Saving a fiche as it was typed: its fields, its dispositif, its lists; one transaction, nothing lost on failure."""

import json
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import ProtectedError
from django.forms import BaseFormSet, formset_factory

from dpid import conciliation
from dpid.erreurs import ActeRefuse, VersionPerimee
from dpid.forms import ecart
from dpid.typographie import date_courte, nombre
from programmes.appels.echeancier import exces
from programmes.appels.forms import (
    CibleForm,
    ContactForm,
    CoutForm,
    CritereForm,
    DispositifForm,
    FicheForm,
    IndicateurForm,
    PieceForm,
    SessionForm,
    SuiviForm,
    VersementForm,
)
from programmes.models import Dispositif, Fiche
from programmes.regles import couts_incoherents

# accessor of the fiche → (title, form of a row)
LISTES = {
    "autres_couts": ("Autres coûts unitaires, chacun pour son unité", CoutForm),
    "sessions": ("Sessions de dépôt", SessionForm),
    "versements": ("Versements", VersementForm),
    "cibles": ("Résultats chiffrés", CibleForm),
    "suivis": ("Comités, tableaux de bord, bilans intermédiaires", SuiviForm),
    "indicateurs": ("Indicateurs du bilan", IndicateurForm),
    "criteres": ("Critères de sélection", CritereForm),
    "pieces": ("Pièces exigées en plus de celles du type de structure", PieceForm),
    "contacts": ("Contacts", ContactForm),
}
# Groups of the form: (anchor, title, fields, lists). Every field of `FicheForm` is in one of them (a test says so).
GROUPES = (
    (
        "presentation", "Présentation",
        ["contexte", "objectifs", "phasage", "modalites_accueil", "profil_professionnel"], [],
    ),
    ("public", "Public", ["public", "age_min", "age_max", "age_min_etendu"], []),
    ("resultats", "Résultats attendus", ["resultats_attendus"], ["cibles"]),
    ("porteurs", "Porteurs et territoires", ["porteurs", "types_eligibles", "agrements_exiges", "territoires"], []),
    ("depot", "Dépôt", ["depot", "est_contact_obligatoire", "contact_prealable"], ["sessions"]),
    ("duree", "Durée", ["duree_mois", "duree_max_mois", "duree_max_annees"], []),
    (
        "financement", "Règles de financement",
        [
            "cout_unitaire", "unite", "cout_pour_mois", "forfait", "taux_plafond", "taux_indirect_max", "enveloppe",
            "est_poste_finance",
        ],
        ["autres_couts"],
    ),
    ("versements", "Règles de versement", [], ["versements"]),
    (
        "suivi", "Suivi et bilan",
        ["bilan", "bilan_delai_mois", "bilan_jour", "bilan_mois"], ["suivis", "indicateurs"],
    ),
    ("selection", "Sélection et pièces", [], ["criteres", "pieces"]),
    ("contacts", "Contacts", [], ["contacts"]),
    ("cadres", "Cadres stratégiques", ["cadres"], []),
)  # fmt: skip


class Rangs(BaseFormSet):
    """Rows of a list: empty ones are ignored, ticked ones are removed."""

    def retenus(self) -> list[dict]:
        rangs = [f.cleaned_data for f in self.forms if f.cleaned_data and not self._should_delete_form(f)]
        # The order typed, then the order of the page; a row without a number comes last.
        return sorted(rangs, key=lambda r: (r.get("ordre") is None, r.get("ordre") or 0))


class SaisieFiche:
    """The whole form of a fiche."""

    def __init__(self, dispositif: Dispositif, fiche: Fiche, donnees=None):
        self.dispositif = dispositif
        self.repris: list[str] = []
        self._lier(fiche, donnees)

    def _lier(self, fiche: Fiche, donnees) -> None:
        self.fiche = fiche
        self.form = FicheForm(donnees, instance=fiche)
        self.dispositif_form = DispositifForm(donnees, instance=self.dispositif, prefix="dispositif")
        stockees = {nom: initiales(fiche, nom) for nom in LISTES}
        self.listes = {}
        for nom, (_, classe) in LISTES.items():
            fabrique = formset_factory(classe, formset=Rangs, extra=0, can_delete=True, max_num=100)
            self.listes[nom] = fabrique(
                donnees, prefix=nom, form_kwargs={"choix": classe.lire_choix()},
                # What was typed stands alone: compared with what is stored, an unchanged row would be dropped.
                initial=stockees[nom] if donnees is None else None,
            )  # fmt: skip
        if donnees is None:
            ouvertes = {nom: phrase_de_liste(self.listes[nom], rangs) for nom, rangs in stockees.items()}
            self.form.fields["listes_ouvertes"].initial = json.dumps(ouvertes)

    def groupes(self) -> list[dict]:
        """The groups, ready for the template."""
        return [
            {
                "ancre": ancre,
                "titre": titre,
                "champs": [self.form[c] for c in champs],
                "listes": [{"nom": n, "titre": LISTES[n][0], "formset": self.listes[n]} for n in listes],
            }
            for ancre, titre, champs, listes in GROUPES
        ]

    @property
    def erreurs(self) -> list[dict]:
        """Every error of every part, with the field that it is about."""
        if not self.form.is_bound:
            return []
        trouvees = _erreurs(self.form, "") + _erreurs(self.dispositif_form, "Dispositif, ")
        for nom, (titre, _) in LISTES.items():
            trouvees += [{"cible": "", "phrase": f"{titre} : {x}"} for x in self.listes[nom].non_form_errors()]
            for rang, form in enumerate(self.listes[nom].forms, 1):
                trouvees += _erreurs(form, f"{titre}, rang {rang}, ")
        return trouvees

    def is_valid(self) -> bool:
        formulaires = [self.form, self.dispositif_form, *self.listes.values()]
        return all([f.is_valid() for f in formulaires]) and self._coherente()

    def _coherente(self) -> bool:
        """Shares that fit in 100 %, a pièce asked once, one price per unit."""
        if phrase := exces(r.get("pourcentage") for r in self.listes["versements"].retenus()):
            self.form.add_error(None, phrase)
        lus, autres = self.form.cleaned_data, [r["unite"] for r in self.listes["autres_couts"].retenus()]
        if phrase := couts_incoherents(lus.get("cout_unitaire"), lus.get("unite", ""), autres):
            self.form.add_error(None, phrase)
        pieces = [r["type"] for r in self.listes["pieces"].retenus()]
        for piece in {str(p) for p in pieces if pieces.count(p) > 1}:
            self.form.add_error(None, f"La pièce « {piece} » est exigée deux fois : retirez-en une.")
        return not self.form.errors

    @transaction.atomic
    def enregistrer(self) -> Fiche:
        """Write everything. Raises VersionPerimee, ActeRefuse."""
        dispositif = Dispositif.objects.select_for_update().get(pk=self.dispositif.pk)
        if self.fiche._state.adding and Fiche.objects.filter(dispositif=dispositif).exists():
            raise VersionPerimee("Cette fiche vient d’être créée par quelqu’un d’autre.")
        if self.fiche.pk:
            self.form.verrouiller()
        if self.dispositif_form.est_perime():
            raise VersionPerimee("Le dispositif a été modifié pendant votre saisie.")
        if self.dispositif_form.has_changed():
            self.dispositif_form.save()
        changees = [nom for nom in LISTES if self._a_change(nom)]
        if changees:
            titres = ", ".join(LISTES[nom][0].lower() for nom in changees)
            self.fiche._change_reason = f"Listes : {titres}"[:100]
        if self.fiche._state.adding or changees or [c for c in self.form.changed_data if c != "version"]:
            self.form.save()
        for nom in changees:
            self._remplacer(nom)
        return self.fiche

    def _a_change(self, nom: str) -> bool:
        champs = LISTES[nom][1].champs()
        stockees = [(r["pk"], *(r[c] for c in champs if c != "ordre")) for r in initiales(self.fiche, nom)]
        saisies = [(r.get("pk"), *(_cle(r.get(c)) for c in champs if c != "ordre")) for r in self.listes[nom].retenus()]
        return stockees != saisies

    def _remplacer(self, nom: str) -> None:
        """Rows keep their identity: changed, added, removed one by one. Raises ActeRefuse for one that is in use."""
        rangs, champs = self.listes[nom].retenus(), LISTES[nom][1].champs()
        for objet in remplacer(getattr(self.fiche, nom), rangs, champs):
            try:
                objet.delete()
            except ProtectedError as erreur:
                raise ActeRefuse(
                    f"{LISTES[nom][0]} : « {objet} » sert déjà à des dossiers, il n’est pas possible de le retirer."
                ) from erreur

    def relire(self) -> Fiche:
        """The fiche as it is stored now, an empty one when there is none."""
        self.dispositif = Dispositif.objects.get(pk=self.dispositif.pk)
        stockee = Fiche.objects.filter(dispositif=self.dispositif).first()
        return stockee or Fiche(dispositif=self.dispositif)

    def comparer(self, actuelle: Fiche) -> list:
        """What both sides changed; what they alone changed is taken over. The next save is made on what is shown."""
        ecarts = self.form.comparer(actuelle)
        self.repris, donnees = list(self.form.repris), self.form.data
        ecarts = [*ecarts, *self._comparer_dispositif(donnees), *self._comparer_listes(actuelle, donnees)]
        for cle in [c for c in donnees if c.startswith((conciliation.CONFLIT, conciliation.GARDER))]:
            del donnees[cle]
        self._lier(actuelle, donnees)
        return ecarts

    def adopter(self, actuelle: Fiche) -> bool:
        """Take the merge of `comparer`; False when together the values are not valid."""
        return self.is_valid()

    def _comparer_dispositif(self, donnees) -> list:
        form, vierge = self.dispositif_form, DispositifForm(instance=self.dispositif, prefix="dispositif")
        ouverts = conciliation.lire_ouverture(form.data.get(form.add_prefix("ouverte_sur")))
        stockes, ecarts = conciliation.stockes(vierge), []
        for nom, leur in stockes.items():
            champ, mien, ouvert = form.fields[nom], conciliation.saisi(form, nom), ouverts.get(nom)
            if mien == leur or (nom in ouverts and leur == ouvert):
                continue
            if nom in ouverts and mien == ouvert:
                conciliation.poser(donnees, champ, form.add_prefix(nom), leur)
                self.repris.append(str(champ.label))
            else:
                ecarts.append(ecart(str(champ.label), en_clair(champ, mien), en_clair(champ, leur)))
        donnees[form.add_prefix("ouverte_sur")] = json.dumps(stockes)
        return ecarts

    def _comparer_listes(self, actuelle, donnees) -> list:
        """Each list as a whole: one that only they changed is taken as it is stored now."""
        ouvertes, ecarts, stockees = conciliation.lire_ouverture(donnees.get("listes_ouvertes")), [], {}
        for nom, (titre, _) in LISTES.items():
            liste, rangs = self.listes[nom], initiales(actuelle, nom)
            stockees[nom], saisie = phrase_de_liste(liste, rangs), phrase_de_liste(liste, liste.retenus())
            if saisie == stockees[nom] or stockees[nom] == ouvertes.get(nom):
                continue
            if saisie == ouvertes.get(nom):
                poser_liste(donnees, liste, rangs)
                self.repris.append(titre)
            else:
                ecarts.append(ecart(titre, saisie, stockees[nom]))
        donnees["listes_ouvertes"] = json.dumps(stockees)
        return ecarts


def _erreurs(form, ou: str) -> list[dict]:
    trouvees = [{"cible": "", "phrase": f"{ou}{x}"} for x in form.non_field_errors()]
    for champ in form:
        libelle = f"{ou}{champ.label.lower() if ou else champ.label}"
        trouvees += [{"cible": champ.id_for_label, "libelle": libelle, "phrase": x} for x in champ.errors]
    return trouvees


def remplacer(relation, rangs: list[dict], champs) -> list:
    """Write the rows of a list in their order, each changed or added one by one; a row not changed leaves no trace.

    Returns the stored rows that are no longer in the list: the caller deletes them.
    """
    colonnes = {champ: relation.model._meta.get_field(champ).attname for champ in champs if champ != "ordre"}
    existants = {o.pk: o for o in relation.all()}
    for ordre, rang in enumerate(rangs, 1):
        objet = existants.pop(rang.get("pk"), None) or relation.model(**{relation.field.name: relation.instance})
        voulu = {"ordre": ordre} | {colonne: _cle(rang.get(champ)) for champ, colonne in colonnes.items()}
        if objet._state.adding or voulu != {colonne: getattr(objet, colonne) for colonne in voulu}:
            for colonne, valeur in voulu.items():
                setattr(objet, colonne, valeur)
            objet.save()
    return list(existants.values())


def poser_liste(donnees, liste, rangs: list[dict]) -> None:
    """Write the rows of a list in the data of the form, as a browser would send them."""
    for cle in [c for c in donnees if c.startswith(f"{liste.prefix}-")]:
        del donnees[cle]
    donnees[f"{liste.prefix}-TOTAL_FORMS"] = donnees[f"{liste.prefix}-INITIAL_FORMS"] = str(len(rangs))
    for i, rang in enumerate(rangs):
        for nom, champ in liste.empty_form.fields.items():
            if nom != "DELETE":
                valeur = conciliation.texte(champ, rang.get(nom))
                conciliation.poser(donnees, champ, f"{liste.prefix}-{i}-{nom}", valeur)


def _cle(valeur):
    """What a cleaned value is compared by: the id of a related row, an empty text for nothing."""
    return getattr(valeur, "pk", valeur)


def initiales(fiche: Fiche, nom: str) -> list[dict]:
    """What a list shows for a stored fiche; nothing for a new one."""
    if not fiche.pk:
        return []
    classe = LISTES[nom][1]
    colonnes = {c: fiche._meta.get_field(nom).related_model._meta.get_field(c).attname for c in classe.champs()}
    return [{"pk": o.pk, **{c: getattr(o, a) for c, a in colonnes.items()}} for o in getattr(fiche, nom).all()]


def phrase_de_liste(liste, rangs: list[dict]) -> str:
    """The rows of a list as a person reads them."""
    typique = liste.empty_form
    return " ; ".join(phrase_de_rang(typique, r) for r in rangs)


def phrase_de_rang(formulaire, rang: dict) -> str:
    """One row of a list as a person reads it."""
    mots = []
    for nom, champ in formulaire.fields.items():
        valeur = _cle(rang.get(nom))
        if nom not in ("pk", "DELETE", "ordre") and valeur not in (None, "", [], False):
            mots.append(en_clair(champ, valeur))
    return ", ".join(mots)


def en_clair(champ, valeur) -> str:
    """A value as a person reads it: the label of a choice, a date, « oui »."""
    if isinstance(valeur, list):
        return ", ".join(en_clair(champ, v) for v in valeur)
    if valeur is True:
        return str(champ.label).lower()
    if isinstance(valeur, Decimal):
        return nombre(valeur)
    if isinstance(valeur, date):
        return date_courte(valeur)
    if hasattr(champ, "choices"):
        return str({str(c): t for c, t in champ.choices}.get(str(valeur), valeur))
    return str(valeur)
