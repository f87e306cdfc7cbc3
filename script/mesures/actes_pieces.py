"""Acts of twelve pages to make in numbers: a published model of twenty long articles, structures that may sign, one
rapport per batch. They are rows of the database: the acts are made from them by the application itself."""

from datetime import date
from decimal import Decimal

from script.mesures.donnees import ANNEE, LOT, creer_programme, creer_rapport

ARTICLES = (
    "Objet", "Durée", "Obligations de l’organisme", "Publics accompagnés", "Moyens affectés",
    "Montant de la participation", "Modalités de versement", "Justificatifs", "Suivi de l’action", "Évaluation",
    "Communication", "Comptabilité", "Contrôle", "Données personnelles", "Assurances", "Modification", "Sanctions",
    "Reversement", "Résiliation", "Litiges",
)  # fmt: skip
PARAGRAPHES = (
    "L’organisme met en œuvre l’action décrite en annexe pendant toute la durée de la convention. Il en garde la "
    "pleine responsabilité, y compris lorsqu’il confie une partie des tâches à un tiers, et prévient le Département "
    "sans attendre de tout ce qui retarderait le calendrier ou changerait la nature des prestations rendues aux "
    "personnes.",
    "Les personnes accueillies sont orientées par les maisons du département solidarité, par les communes ou par "
    "les partenaires du territoire. Chacune est reçue dans le mois qui suit son orientation ; un refus "
    "d’accompagnement est motivé par écrit au service qui l’a orientée, avec la solution de remplacement que "
    "l’organisme propose.",
    "Un point d’étape réunit les deux parties au moins deux fois par an. Il examine l’activité du semestre, les "
    "sorties de parcours, les difficultés de recrutement, et l’emploi des crédits rapporté au budget prévisionnel. "
    "Le compte rendu, rédigé par l’organisme sous quinzaine, est réputé accepté si le Département ne le corrige pas "
    "dans le mois.",
    "La participation du Département n’est ni révisable ni indexée. Elle couvre les seules dépenses de l’action, "
    "engagées pendant la période et justifiées ; les dotations aux provisions, les frais financiers et les charges "
    "sans lien avec l’action restent à la charge de l’organisme, qui ne peut les y reporter par une clé de "
    "répartition.",
    "L’organisme tient une comptabilité qui isole les charges et les produits de l’action. Il communique à la "
    "première demande les pièces qui permettent de rapprocher le bilan financier de ses comptes : grand livre "
    "analytique, bulletins de paie, factures acquittées, conventions passées avec d’autres financeurs et leurs "
    "avenants.",
    "Les agents désignés par le Département visitent les lieux où se déroule l’action, sur rendez-vous ou à "
    "l’improviste, et s’entretiennent avec les professionnels comme avec les personnes accompagnées. L’organisme "
    "leur ouvre ses locaux et leur remet les documents utiles ; une observation écrite reçoit sa réponse dans les "
    "trente jours.",
    "Toute publication, affiche ou page en ligne qui présente l’action porte le nom et l’emblème du Département, "
    "dans une taille au moins égale à ceux des autres financeurs. L’invitation à une manifestation publique est "
    "adressée trois semaines à l’avance, afin que le Département puisse s’y faire représenter.",
    "Une convention modifiée l’est par un avenant signé des deux parties, qui dit les articles touchés et laisse "
    "les autres en l’état. La demande en est faite par lettre, avec ses motifs et son effet sur le budget, trois "
    "mois au moins avant la fin de la période ; un échange de courriels ne vaut pas accord.",
    "Si l’action n’est réalisée qu’en partie, la participation est réduite dans la proportion de ce qui manque. Le "
    "Département en avertit l’organisme, qui dispose d’un mois pour faire valoir ses explications. Les sommes déjà "
    "versées en trop sont rendues dans les deux mois qui suivent le titre de recette.",
    "Chaque partie peut mettre fin à la convention lorsque l’autre manque gravement à ses engagements et n’y a pas "
    "remédié deux mois après une mise en demeure. Le bilan est alors arrêté au jour de la fin, et les personnes en "
    "cours d’accompagnement sont confiées à un autre service, que l’organisme informe de chaque situation.",
    "Les renseignements recueillis sur les personnes se limitent à ce que l’accompagnement demande. Ils sont gardés "
    "dans un lieu fermé ou sur un support protégé, connus des seuls intervenants, et détruits au terme fixé en "
    "annexe ; une perte ou une divulgation est signalée au Département dès qu’elle est constatée.",
)
PAR_ARTICLE = 6


def creer(nombres: list[int]) -> dict[str, int]:
    """One rapport per number of acts: {number: id}."""
    creer_programme(3, annee=ANNEE + 2)
    _ecrire_fiches()
    _publier_modele()
    _habiliter_structures()
    rapports = {str(n): creer_rapport(n, rang, annee=ANNEE + 2) for rang, n in enumerate(nombres)}
    _preparer_lignes()
    return rapports


def _publier_modele():
    """Published by the verb of its page, in the name of an officer that the base already has."""
    from conventions.models import BlocDeModele, Modele
    from deliberations.models import Signataire
    from dpid.models import Agent

    par, nature = Agent.objects.get(username="conventions"), BlocDeModele.Nature
    modele = Modele.objects.create(
        code="mesure", titre="Convention de mesure", nature=Modele.Nature.CONVENTION_TYPE
    )  # fmt: skip
    version = modele.nouvelle_version(par=par)
    blocs = [BlocDeModele(nature=nature.PREAMBULE, cle="preambule", texte="Le Département soutient {structure}.")]
    for rang, titre in enumerate(ARTICLES):
        texte = "\n\n".join(PARAGRAPHES[(rang * PAR_ARTICLE + n) % len(PARAGRAPHES)] for n in range(PAR_ARTICLE))
        blocs.append(BlocDeModele(nature=nature.ARTICLE, cle=f"article-{rang + 1}", titre=titre, texte=texte))
    blocs[6].texte += "\n\nElle est de {montant} au plus, {periode}, pour {operations}."
    blocs[7].contenu = BlocDeModele.Contenu.VERSEMENTS
    blocs.append(BlocDeModele(nature=nature.ANNEXE, cle="fiche", contenu=BlocDeModele.Contenu.FICHES))
    for ordre, bloc in enumerate(blocs, 1):
        bloc.version_modele, bloc.ordre = version, ordre
        bloc.save()
    version.publier(par=par)
    Signataire.objects.create(
        code="mesure", civilite="Mme", prenom="Jeanne", nom="EXEMPLE", qualite="La Directrice", debut=date(2020, 1, 1),
        delegation="l’arrêté du 1er juillet 2021",
    )  # fmt: skip


def _ecrire_fiches():
    """What a fiche action prints, and how it is paid: 60 % at the signature, the rest after the bilan."""
    from programmes.models import Dispositif, Fiche, Indicateur, VersementPrevu

    dispositifs = Dispositif.objects.filter(thematique__appel__annee=ANNEE + 2)
    fiches = Fiche.objects.bulk_create(
        Fiche(
            dispositif=d, public=PARAGRAPHES[1], objectifs=PARAGRAPHES[0], modalites_accueil=PARAGRAPHES[1],
            profil_professionnel="Travailleur social", bilan="Bilan chiffré", bilan_delai_mois=3,
        )
        for d in dispositifs
    )  # fmt: skip
    VersementPrevu.objects.bulk_create(
        VersementPrevu(fiche=f, ordre=rang, type=type_, pourcentage=part, declencheur=quand)
        for f in fiches
        for rang, (type_, part, quand) in enumerate(
            (("avance", Decimal(60), "à la signature"), ("solde", None, "après le bilan")), 1
        )
    )
    Indicateur.objects.bulk_create(Indicateur(fiche=f, libelle="Personnes accompagnées") for f in fiches)


def _habiliter_structures():
    from programmes.models import Representant, Structure

    Structure.objects.update(adresse="1 rue d’Exemple 62000 Arras")
    Representant.objects.bulk_create(
        (
            Representant(
                structure=s, civilite="M.", prenom="Jean", nom="EXEMPLE", qualite="Président",
                habilitation="la délibération du 3 mars 2022", debut=date(2022, 1, 1),
            )
            for s in Structure.objects.all()
        ),
        batch_size=LOT,
    )  # fmt: skip


def _preparer_lignes():
    """Each line calls for its own convention: no avenant here, a period on every line."""
    from django.db.models import QuerySet

    from programmes.models import LigneDossier

    siennes = QuerySet(LigneDossier).filter(dossier__dispositif__thematique__appel__annee=ANNEE + 2)
    siennes.update(
        nature_acte=LigneDossier.NatureActe.CONVENTION_TYPE, numero_avenant=None, acte_initial_le=None,
        debut=date(ANNEE, 7, 1), fin=date(ANNEE + 1, 6, 30),
    )  # fmt: skip
