"""Blocks of a model: two officers on one block, repeated rows, agréments and avis as visas."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from conventions.composition import composer
from conventions.lecture import lire_un
from conventions.modeles import presentation
from conventions.modeles.relecture import bloquants
from conventions.models import BlocDeModele, Modele, PartDeFinancement
from programmes.models import Agrement, AvisInstance, TypeAgrement
from tests.conventions.donnees import actes_de, ligne_retenue, modele_publie, rapport_de, signataire
from tests.conventions.saisies import champs, page_lue
from tests.factories import AgentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.neutre]


@pytest.fixture
def par():
    return AgentFactory(conventions=True)


@pytest.fixture
def version(par):
    return Modele.objects.create(code="m", titre="M", nature="convention_type").nouvelle_version(par=par)


class TestDeuxPersonnes:
    @pytest.fixture
    def bloc(self, version):
        return BlocDeModele.objects.create(
            version_modele=version, nature="article", cle="a", titre="Titre", texte="Origine."
        )

    def test_deux_textes_se_comparent_et_rien_n_est_perdu(self, bloc, par, connecter):
        client, adresse = connecter(par), reverse("bloc_modifier", args=[bloc.pk])
        ouverte = champs(client, adresse)
        client.post(adresse, {**ouverte, "texte": "Du premier."})
        page = client.post(adresse, {**ouverte, "texte": "Du second."})
        lue = page_lue(page)
        assert "Rien n’est perdu" in lue and "Du premier." in lue and "Du second." in lue
        bloc.refresh_from_db()
        assert bloc.texte == "Du premier."
        (conflit,) = page.context["ecarts"]
        recue = {c: page.context["form"].data[c] for c in ("version", "ouverte_sur")}
        choix = {"conflit-texte": conflit.cache, "garder-texte": "mienne"}
        client.post(adresse, {**ouverte, "texte": "Du second.", **recue, **choix})
        bloc.refresh_from_db()
        assert bloc.texte == "Du second."

    def test_deux_champs_differents_se_gardent_tous_deux(self, bloc, par, connecter):
        client, adresse = connecter(par), reverse("bloc_modifier", args=[bloc.pk])
        ouverte = champs(client, adresse)
        client.post(adresse, {**ouverte, "titre": "Titre du premier"})
        client.post(adresse, {**ouverte, "note": "Note du second"})
        bloc.refresh_from_db()
        assert (bloc.titre, bloc.note) == ("Titre du premier", "Note du second")

    def test_la_version_suivante_repart_de_un(self, bloc, par):
        bloc.save()
        bloc.version_modele.publier(par=par)
        (copie,) = bloc.version_modele.modele.nouvelle_version(par=par).blocs.all()
        assert bloc.version == 2 and copie.version == 1


def composer_avec(*blocs, **ligne):
    """The text of an act whose model has these blocks, then its fiche."""
    modele_publie(blocs=[*blocs, ("article", "o", "Objet", "Objet.", {}),
                         ("annexe", "f", "Fiche", "", {"contenu": "fiches"})])  # fmt: skip
    signataire()
    (acte,) = actes_de(rapport_de(ligne_retenue(**ligne)))
    return acte, lambda: composer(lire_un(acte))


def textes(texte, nature="visa"):
    return [c.texte.replace("\u00a0", " ").replace("\u202f", " ") for c in texte.de(nature)]


class TestVisas:
    def test_un_visa_par_agrement_en_vigueur_et_aucun_sans_agrement(self):
        acte, lire = composer_avec(("visa", "agrements", "", "", {"contenu": "agrements"}))
        assert textes(lire()) == [] and lire().manques == []
        for n, (debut, fin) in enumerate([(None, None), (date(2024, 1, 1), None), (None, date(2020, 1, 1))]):
            Agrement.objects.create(
                structure=acte.convention.structure, autorite="préfecture", debut=debut, fin=fin,
                type=TypeAgrement.objects.create(code=f"t{n}", libelle=f"Agrément {n}"),
            )  # fmt: skip
        dits = textes(lire())
        assert len(dits) == 2 and all("par : préfecture" in d for d in dits)

    def test_un_visa_par_avis_le_dernier_de_chaque_instance(self):
        acte, lire = composer_avec(("visa", "avis", "", "", {"contenu": "avis"}))
        assert textes(lire()) == []
        dossier = lire_un(acte).lignes[0].dossier
        for jour, instance, sens in ((1, "fsl", "defavorable"), (9, "fsl", "favorable"), (5, "ccapex", "reserve")):
            AvisInstance.objects.create(dossier=dossier, instance=instance, rendu_le=date(2024, 3, jour), sens=sens)
        assert sorted(textes(lire())) == [
            "l’avis favorable rendu le 9 mars 2024 par : Comité technique FSL",
            "l’avis réservé rendu le 5 mars 2024 par : CCAPEX",
        ]

    @pytest.mark.parametrize(("condition", "sans", "avec"), [
        ("agrement", False, True), ("sans_agrement", True, False), ("avis", False, True),
    ])  # fmt: skip
    def test_conditions(self, condition, sans, avec):
        acte, lire = composer_avec(("article", "c", "Sous condition", "Texte.", {"condition": condition}))
        assert ("c" in [c.cle for c in lire().clauses]) == sans
        Agrement.objects.create(
            structure=acte.convention.structure, autorite="préfecture",
            type=TypeAgrement.objects.create(code="t", libelle="T"),
        )  # fmt: skip
        AvisInstance.objects.create(
            dossier=lire_un(acte).lignes[0].dossier, instance="fsl", rendu_le=date(2024, 3, 1), sens="favorable"
        )
        assert ("c" in [c.cle for c in lire().clauses]) == avec

    def test_le_champ_des_avis_sans_avis_arrete_l_acte(self):
        _, lire = composer_avec(("visa", "v", "", "l’avis suivant : {avis_instances}", {}))
        assert [m.champ for m in lire().manques] == ["Avis d’instances"]


class TestRangees:
    def test_une_rangee_par_versement(self):
        rangee = "{versement} de {montant_versement} sur {exercice_cp}, convention {numero}"
        acte, lire = composer_avec(("article", "v", "V", "Ainsi :", {"contenu": "versements", "rangee": rangee}))
        (clause, _) = lire().de("article")
        dit = clause.texte.replace("\u00a0", " ").replace("\u202f", " ")
        annees = list(acte.versements.values_list("exercice_cp", flat=True))
        assert dit == (
            f"Ainsi :\n\n- Avance de 12 000,00 € sur {annees[0]}, convention {acte.convention.numero}\n"
            f"- Solde de 8 000,00 € sur {annees[1]}, convention {acte.convention.numero}"
        )
        assert clause.versements == [] and lire().manques == []

    def test_un_champ_de_rangee_vide_arrete_l_acte(self):
        acte, lire = composer_avec(
            ("article", "v", "V", "Ainsi :", {"contenu": "versements", "rangee": "{versement} : {condition_versement}"})
        )
        (manque,) = lire().manques
        assert manque.champ == "Condition (versement)" and manque.adresse == reverse("acte_versements", args=[acte.pk])

    def test_lignes_et_parts(self):
        acte, lire = composer_avec(
            ("article", "l", "L", "Lignes :", {"contenu": "lignes"}),
            ("article", "p", "P", "Parts :", {"contenu": "parts"}),
            description="Ateliers",
        )
        assert [m.champ for m in lire().manques] == ["Liste (part)"]
        fiche = acte.fiches.get()
        for nature, taux in (("quantitative", "33.33"), ("qualitative", "66.67")):
            PartDeFinancement.objects.create(fiche=fiche, nature=nature, pourcentage=Decimal(taux))
        lignes, parts = [c.texte.replace("\u00a0", " ").replace("\u202f", " ") for c in lire().de("article")[:2]]
        assert "Ateliers : 20 000,00 €" in lignes
        assert parts == (
            "Parts :\n\n- Part quantitative : 33,33 %, soit 6 666,00 € au plus\n"
            "- Part qualitative : 66,67 %, soit 13 334,00 € au plus"
        )

    def test_ce_que_tape_un_agent_n_est_pas_un_champ(self):
        acte, lire = composer_avec(("article", "l", "L", "", {"contenu": "lignes"}), description="{montant} {{ 7*7 }}")
        assert "{montant} {{ 7*7 }}" in lire().de("article")[0].texte

    def test_la_relecture_nomme_un_champ_inconnu_et_une_rangee_sans_liste(self, version):
        BlocDeModele.objects.create(
            version_modele=version,
            nature="article",
            cle="a",
            titre="A",
            texte="T",
            contenu="parts",
            rangee="{versement}",
        )
        BlocDeModele.objects.create(version_modele=version, nature="article", cle="b", titre="B", texte="T", rangee="x")
        assert bloquants(version) == [
            "« A » emploie {versement}, qui n’est pas un champ.",
            "« B » a une rangée répétée, mais ne répète rien : choisissez ce qui la complète.",
        ]

    def test_le_modele_joint_montre_la_rangee_une_fois(self, version):
        BlocDeModele.objects.create(
            version_modele=version, nature="article", cle="a", titre="A", texte="Parts :", contenu="parts",
            rangee="{part} de {numero}",
        )  # fmt: skip
        (clause,) = presentation.contexte(version)["clauses"]
        assert clause["texte"] == "Parts :\n\n- [Nature] de [Numéro de la convention]"
