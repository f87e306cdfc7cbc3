"""What the programme of a year knows, loaded once per import: thématiques, dispositifs, AE."""

from budget.models import AutorisationEngagement, LigneBudgetaire
from dpid.textes import cle_texte
from programmes.models import AppelAProjets, Dispositif


class RegistreProgramme:
    """Thématiques and dispositifs of the call of the year, AE of the exercice."""

    def __init__(self, exercice: int):
        self.exercice = exercice
        self.appel = AppelAProjets.objects.filter(annee=exercice).first()
        self.thematiques = list(self.appel.thematiques.all()) if self.appel else []
        self.dispositifs = (
            list(Dispositif.objects.filter(thematique__appel=self.appel).select_related("ligne_par_defaut"))
            if self.appel
            else []
        )
        ouvertes = AutorisationEngagement.objects.de_l_exercice(exercice).select_related("ligne").order_by("millesime")
        self.par_code = {ae.ligne.code: ae for ae in ouvertes}

    def thematique(self, numero, titre):
        """By title first: numbers change from year to year; then by number."""
        cle = cle_texte(titre)
        for t in self.thematiques:
            if cle_texte(t.titre) == cle:
                return t
        return next((t for t in self.thematiques if numero is not None and t.numero == numero), None)

    def dispositif(self, thematique, libelles):
        """The dispositif of the thématique known under one of these labels."""
        cles = {cle_texte(libelle) for libelle in libelles if libelle}
        for d in self.dispositifs:
            if thematique and d.thematique_id == thematique.pk:
                if cles & {cle_texte(d.libelle_court), cle_texte(d.titre), cle_texte(d.reference)} - {""}:
                    return d
        return None

    def autorisation(self, code: str, dispositif):
        """AE of the code, else of the default line of the dispositif; None means « à imputer »."""
        if code:
            return self.par_code.get(LigneBudgetaire.normaliser_code(code))
        if dispositif is not None and dispositif.ligne_par_defaut:
            return self.par_code.get(dispositif.ligne_par_defaut.code)
        return None
