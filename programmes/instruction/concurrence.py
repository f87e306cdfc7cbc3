"""Two officers on one row and its lists (territoires, financements of a line…): lists are merged each as a whole."""

import json

from dpid import conciliation
from dpid.conciliation import ACTUELLE, Ecart

LISTE = "liste-"


class ListesConciliables:
    """Mixin of the form of a row and of its lists. It has `form`, `listes`, and from its class: `titres()`,
    `initiales(objet)`, `phrase(formulaire, rang)` and `ouvrir_listes(donnees)`."""

    def suivre_les_listes(self):
        """The form also carries what its lists were opened on; choices made on a list replace what was typed."""
        champ = self.form.fields["ouverte_sur"]
        des_champs = champ.initial
        if self.form.is_bound:
            donnees = self.form.data
            for e in self.form.ecarts:
                if e.nom.startswith(LISTE) and e.choix == ACTUELLE:
                    donnees = self._poser(donnees, e.nom.removeprefix(LISTE), e.leur)
            self.form.data = donnees
        elif self.form.instance.pk:
            ouverte = self.form.instance
            champ.initial = lambda: json.dumps({**json.loads(des_champs() or "{}"), **self._phrases(ouverte)})

    def _phrases(self, objet) -> dict:
        stockees = self.initiales(objet)
        return {f"{LISTE}{nom}": self._en_phrase(nom, stockees[nom]) for nom in self.titres()}

    def _en_phrase(self, nom, rangs) -> str:
        return " ; ".join(self.phrase(self.listes[nom].empty_form, r) for r in rangs)

    def comparer(self, actuelle) -> list[Ecart]:
        """What differs with what is stored now: fields, then each list as a sentence."""
        ouverts = conciliation.lire_ouverture(self.form.data.get("ouverte_sur"))
        saisies = {nom: self._en_phrase(nom, self.listes[nom].retenus()) for nom in self.titres()}
        ecarts = self.form.comparer(actuelle)
        rangs, phrases, donnees = self.initiales(actuelle), self._phrases(actuelle), self.form.data
        for nom, titre in self.titres().items():
            cle, mien = f"{LISTE}{nom}", saisies[nom]
            leur, ouvert = phrases[cle], ouverts.get(cle)
            if mien == leur or (cle in ouverts and leur == ouvert):
                continue
            textes = self._textes(nom, rangs[nom])
            if cle in ouverts and mien == ouvert:
                donnees = self._poser(donnees, nom, textes)
                self.form.repris.append(titre)
                continue
            lisibles = {"saisi": mien or "vide", "actuel": leur or "vide"}
            lisibles["ouvert"] = None if ouvert is None else ouvert or "vide"
            auteur = conciliation.auteur(actuelle, nom)
            ecarts.append(Ecart(titre, nom=cle, auteur=auteur, leur=textes, **lisibles))
        donnees["ouverte_sur"] = json.dumps({**conciliation.lire_ouverture(donnees["ouverte_sur"]), **phrases})
        self.form.data = donnees
        self.ouvrir_listes(donnees)
        return ecarts

    def _textes(self, nom, rangs) -> list[dict]:
        champs = self.listes[nom].empty_form.fields
        return [{c: conciliation.texte(champ, r.get(c)) for c, champ in champs.items() if c != "DELETE"} for r in rangs]

    def _poser(self, donnees, nom, rangs):
        """The data of the form, where the rows of a list are replaced by `rangs`."""
        if nom not in self.titres() or not isinstance(rangs, list):
            return donnees
        donnees = donnees.copy()
        for cle in [c for c in donnees if c.startswith(f"{nom}-")]:
            del donnees[cle]
        donnees[f"{nom}-TOTAL_FORMS"], donnees[f"{nom}-INITIAL_FORMS"] = str(len(rangs)), "0"
        for i, rang in enumerate(rangs):
            for champ, valeur in rang.items():
                donnees[f"{nom}-{i}-{champ}"] = str(valeur)
        return donnees

    @property
    def repris(self) -> list[str]:
        return self.form.repris

    def adopter(self, actuelle) -> bool:
        """Take the merge over the row as it is now; False when together the values are not valid."""
        return self.form.adopter(actuelle) and self.is_valid()
