"""Imports and exports of the structures and dispositifs; exports of the dossiers and of their lines."""

from budget.models import LigneBudgetaire
from dpid.echanges import Choix, Colonne, Echange, Entier, Jour, Montant, OuiNon, ParCle, Siret, Texte
from dpid.models import Commune, Service
from dpid.textes import cle_texte
from programmes.models import AliasStructure, Dispositif, Dossier, LigneDossier, Structure, Thematique


class StructureResource(Echange):
    """A row is recognised by its identifier, else its SIRET, else its name; nothing is guessed when two answer."""

    titre = "Structures"
    id = Colonne("pk", "Identifiant", Entier())
    raison_sociale = Colonne("raison_sociale", "Raison sociale")
    sigle = Colonne("sigle", "Sigle")
    type = Colonne("type", "Type", Choix(Structure.Type))
    siret = Colonne("siret", "SIRET", Siret())
    rna = Colonne("rna", "RNA")
    categorie = Colonne("categorie_juridique", "Catégorie juridique")
    adresse = Colonne("adresse", "Adresse")
    commune = Colonne("commune", "Commune (INSEE)", ParCle(Commune.objects.all, lambda c: c.code, "commune"))
    courriel = Colonne("courriel", "Courriel")
    telephone = Colonne("telephone", "Téléphone")
    est_a_completer = Colonne("est_a_completer", "À compléter", OuiNon())
    alias = Colonne("alias", "Autres noms", readonly=True)

    class Meta:
        model = Structure
        fields = (
            "id", "raison_sociale", "sigle", "type", "siret", "rna", "categorie", "adresse", "commune", "courriel",
            "telephone", "est_a_completer", "alias",
        )  # fmt: skip
        import_id_fields = ("raison_sociale",)

    def get_queryset(self):
        return super().get_queryset().select_related("commune").prefetch_related("alias")

    def filter_export(self, queryset, **kwargs):
        return queryset.select_related("commune").prefetch_related("alias")

    def dehydrate_alias(self, structure):
        return " ; ".join(a.texte for a in structure.alias.all())

    def get_import_fields(self):
        return [f for f in super().get_import_fields() if f.attribute != "pk"]

    def cle_lue(self, row):
        numero = Entier().clean(row.get("Identifiant"))
        siret = Siret().clean(row.get("SIRET"))
        nom = cle_texte(Texte().clean(row["Raison sociale"]))
        if not nom:
            raise ValueError("la raison sociale est vide.")
        self._chercher_dans()
        if numero is not None:
            if numero not in self._par_numero:
                raise ValueError(f"aucune structure n’a l’identifiant {numero} : videz la cellule pour en créer une.")
            return self._active(numero)
        if siret and siret in self._par_siret:
            return self._active(self._par_siret[siret])
        return self._par_nom_seul(nom, siret)

    def _active(self, pk):
        """A merged row is not written: its values would replace those of the structure that was kept."""
        gardee = self._par_numero[pk].fusionnee_dans_id
        if gardee:
            nom = self._par_numero[gardee].raison_sociale
            raise ValueError(f"cette structure a été fusionnée dans « {nom} » (n° {gardee}) : retirez cette ligne.")
        return pk

    def _par_nom_seul(self, nom, siret):
        trouvees = self._par_nom.get(nom, [])
        if len(trouvees) > 1:
            raise ValueError("plusieurs structures portent ce nom : indiquez l’identifiant de celle-ci.")
        if not trouvees:
            return self._par_alias(nom, siret)
        stockee = self._par_numero[trouvees[0]]
        if siret and stockee.siret and siret != stockee.siret:
            raise ValueError(
                f"la structure n° {stockee.pk} porte ce nom avec un autre SIRET : indiquez son identifiant pour la "
                "corriger, ou distinguez les deux noms."
            )
        return stockee.pk

    def _par_alias(self, nom, siret):
        """Another known name is not a new structure, unless both SIRET say so."""
        connue = self._par_numero.get(self._alias.get(nom))
        if connue is not None and not (siret and connue.siret and siret != connue.siret):
            raise ValueError(
                f"c’est un autre nom de « {connue.raison_sociale} » (n° {connue.pk}) : indiquez cet identifiant."
            )
        return ("nouvelle", nom, siret)

    def _chercher_dans(self):
        """The register, read and locked once per import."""
        if self._connus is not None:
            return
        toutes = list(Structure.objects.select_related("commune").order_by("pk").select_for_update(of=("self",)))
        self._connus = self._par_numero = {s.pk: s for s in toutes}
        self._par_siret = {s.siret: s.pk for s in toutes if s.siret}
        self._alias = dict(AliasStructure.objects.values_list("cle", "structure"))
        self._par_nom: dict[str, list] = {}
        for s in toutes:
            if s.fusionnee_dans_id is None:
                self._par_nom.setdefault(cle_texte(s.raison_sociale), []).append(s.pk)


class ThematiqueDeLAppel(ParCle):
    """The thématique of a year and a number, two columns of the row: numbers start again every year."""

    def __init__(self):
        super().__init__(
            lambda: Thematique.objects.select_related("appel"), lambda t: f"{t.appel.annee} {t.numero}", "thématique"
        )

    def clean(self, value, row=None, **kwargs):
        annee, numero = Entier().clean((row or {}).get("Année")), Entier().clean(value)
        if annee is None or numero is None:
            raise ValueError("l’année ou le numéro de la thématique est vide.")
        return super().clean(f"{annee} {numero}")

    def render(self, value, obj=None, **kwargs):
        return str(value.numero) if value else ""


class DispositifResource(Echange):
    titre = "Dispositifs"
    annee = Colonne("thematique__appel__annee", "Année", Entier(), readonly=True)
    thematique = Colonne("thematique", "Thématique", ThematiqueDeLAppel())
    reference = Colonne("reference", "Référence")
    intitule = Colonne("titre", "Titre")
    libelle_court = Colonne("libelle_court", "Libellé court")
    service = Colonne("service", "Service", ParCle(Service.objects.all, lambda s: s.code, "service"))
    ligne = Colonne(
        "ligne_par_defaut",
        "Ligne par défaut",
        ParCle(
            lambda: LigneBudgetaire.objects.filter(sens=LigneBudgetaire.Sens.DEPENSE),
            lambda ligne: ligne.code,
            "ligne budgétaire",
        ),
    )

    class Meta:
        model = Dispositif
        fields = ("annee", "thematique", "reference", "intitule", "libelle_court", "service", "ligne")
        import_id_fields = ("annee", "thematique", "reference")

    def get_queryset(self):
        return super().get_queryset().select_related("thematique__appel", "service", "ligne_par_defaut")

    def cle_de(self, objet):
        return (objet.thematique.appel.annee, objet.thematique.numero, objet.reference)

    def cle_lue(self, row):
        reference = Texte().clean(row["Référence"])
        if not reference:
            raise ValueError("la référence du dispositif est vide.")
        return (Entier().clean(row["Année"]), Entier().clean(row["Thématique"]), reference)


class DossierResource(Echange):
    """Written out only: a dossier enters by its page, and its state moves with the verbs."""

    titre = "Dossiers"
    numero = Colonne("pk", "Dossier", Entier(), readonly=True)
    annee = Colonne("dispositif__thematique__appel__annee", "Année", Entier(), readonly=True)
    dispositif = Colonne("dispositif__reference", "Dispositif", readonly=True)
    intitule_dispositif = Colonne("dispositif__titre", "Intitulé du dispositif", readonly=True)
    structure = Colonne("structure__raison_sociale", "Structure", readonly=True)
    siret = Colonne("structure__siret", "SIRET", Siret(), readonly=True)
    intitule = Colonne("intitule", "Action", readonly=True)
    etat = Colonne("etat", "État", Choix(Dossier.Etat), readonly=True)
    origine = Colonne("origine", "Origine", Choix(Dossier.Origine), readonly=True)
    demande = Colonne("demande", "Demandé", Montant(), readonly=True)
    propose = Colonne("propose", "Proposé", Montant(), readonly=True)
    retenu = Colonne("retenu", "Retenu", Montant(), readonly=True)

    class Meta:
        model = Dossier
        fields = (
            "numero", "annee", "dispositif", "intitule_dispositif", "structure", "siret", "intitule", "etat", "origine",
            "demande", "propose", "retenu",
        )  # fmt: skip


class LignesDeDossierResource(Echange):
    """One row per line, for a list of lines or for the lines of a list of dossiers."""

    titre = "Dossiers et lignes"
    dossier = Colonne("dossier_id", "Dossier", Entier(), readonly=True)
    ordre = Colonne("ordre", "Ligne", Entier(), readonly=True)
    annee = Colonne("dossier__dispositif__thematique__appel__annee", "Année", Entier(), readonly=True)
    thematique = Colonne("dossier__dispositif__thematique__titre", "Thématique", readonly=True)
    dispositif = Colonne("dossier__dispositif__reference", "Dispositif", readonly=True)
    structure = Colonne("dossier__structure__raison_sociale", "Structure", readonly=True)
    siret = Colonne("dossier__structure__siret", "SIRET", Siret(), readonly=True)
    territoires = Colonne("libelles_territoires", "Territoires", readonly=True)
    quantites = Colonne("quantites", "Quantités", readonly=True)
    description = Colonne("description", "Description", readonly=True)
    debut = Colonne("debut", "Début", Jour(), readonly=True)
    fin = Colonne("fin", "Fin", Jour(), readonly=True)
    demande = Colonne("demande", "Demandé", Montant(), readonly=True)
    propose = Colonne("propose", "Proposé", Montant(), readonly=True)
    retenu = Colonne("retenu", "Retenu", Montant(), readonly=True)
    imputations = Colonne("financements", "Imputations", readonly=True)
    etat = Colonne("dossier__etat", "État du dossier", Choix(Dossier.Etat), readonly=True)
    acte_vote = Colonne("acte_vote", "Délibération", readonly=True)

    class Meta:
        model = LigneDossier
        fields = (
            "dossier", "ordre", "annee", "thematique", "dispositif", "structure", "siret", "territoires", "quantites",
            "description", "debut", "fin", "demande", "propose", "retenu", "imputations", "etat", "acte_vote",
        )  # fmt: skip

    def filter_export(self, queryset, **kwargs):
        if queryset.model is Dossier:
            queryset = LigneDossier.objects.filter(dossier__in=queryset.order_by().values("pk"))
        return queryset.avec_retenu().select_related(
            "dossier__structure", "dossier__dispositif__thematique__appel"
        ).prefetch_related(
            "placements__territoire", "quantites", "financements__autorisation__ligne", "financements__source"
        )  # fmt: skip

    def dehydrate_quantites(self, ligne):
        return ", ".join(str(q) for q in ligne.quantites.all())

    def dehydrate_imputations(self, ligne):
        return " ; ".join(str(f) for f in ligne.financements.all())
