"""The text of an act: the blocks of its model that it keeps, numbered, their fields and references resolved.

What has no value is never printed: it is a `Manque` that names the field, the block and the page that fills it.
"""

from dataclasses import dataclass, field

from django.conf import settings
from django.urls import reverse

from conventions import champs, donnees_personnelles, en_vigueur, exigences, fiches, marques, repetitions
from conventions.delta import Changement, changement, cle_de_fiche, intitule, phrase
from conventions.lecture import ActeLu
from conventions.models import BlocDeModele
from conventions.models.modele import Operation
from conventions.versements import ecart, en_donnees
from deliberations.redaction.renvois import cites, remplacer
from dpid.typographie import entre_guillemets
from programmes.models.financement import Logo

Nature, Contenu, Condition = BlocDeModele.Nature, BlocDeModele.Contenu, BlocDeModele.Condition
NUMEROTES = (Nature.ARTICLE, Nature.ANNEXE)


@dataclass(frozen=True)
class Clause:
    """One block as the act prints it. `texte` is plain text in the block syntax of `dpid.documents.blocs`."""

    nature: str
    cle: str
    titre: str
    texte: str
    numero: int | str | None = None
    fiche: dict | None = None
    versements: list = field(default_factory=list)
    logos: list = field(default_factory=list)

    def en_donnees(self) -> dict:
        return {
            "nature": self.nature, "cle": self.cle, "numero": self.numero, "titre": self.titre, "texte": self.texte,
            "fiche": self.fiche, "versements": self.versements, "logos": self.logos,
        }  # fmt: skip


@dataclass(frozen=True)
class Manque:
    """What stops an act: which field, in which block, how it is filled and where."""

    champ: str
    bloc: str
    remede: str
    adresse: str
    constat: str = "est vide"

    @property
    def phrase(self) -> str:
        return f"{self.bloc} : « {self.champ} » {self.constat}. {self.remede}"


def resumer(manques: list[Manque]) -> str:
    """« Article 2 : remplir « Siège », « SIRET ». Parties : … »: one sentence by block."""
    par_bloc: dict[str, list[str]] = {}
    for m in manques:
        par_bloc.setdefault(m.bloc, []).append(f"« {m.champ} »")
    return " ".join(f"{bloc} : à remplir, {', '.join(noms)}." for bloc, noms in par_bloc.items())


@dataclass
class Texte:
    clauses: list[Clause] = field(default_factory=list)
    manques: list[Manque] = field(default_factory=list)
    changements: list[Changement] = field(default_factory=list)
    valeurs: dict[str, str] = field(default_factory=dict)  # fields and references, as this act resolves them

    def de(self, nature) -> list[Clause]:
        return [c for c in self.clauses if c.nature == nature]


def retenus(lu: ActeLu) -> list[BlocDeModele]:
    """Blocks that the act keeps, in their order."""
    return [bloc for bloc in lu.blocs if CONDITIONS[bloc.condition](lu)]


CONDITIONS = {
    Condition.TOUJOURS: lambda lu: True,
    Condition.DROIT_PRIVE: lambda lu: lu.structure.est_de_droit_prive,
    Condition.DROIT_PUBLIC: lambda lu: not lu.structure.est_de_droit_prive,
    Condition.ASSOCIATION: lambda lu: exigences.est_association(lu.structure),
    Condition.PLUSIEURS_OPERATIONS: lambda lu: len(lu.fiches) > 1,
    Condition.UNE_OPERATION: lambda lu: len(lu.fiches) == 1,
    Condition.SEUIL: exigences.depasse_le_seuil,
    Condition.HORS_BUDGET: lambda lu: bool(lu.montant_hors_budget),
    Condition.DONNEES: donnees_personnelles.sont_traitees,
    Condition.AGREMENT: lambda lu: bool(lu.agrements),
    Condition.SANS_AGREMENT: lambda lu: not lu.agrements,
    Condition.AVIS: lambda lu: bool(lu.avis),
}


def composer(lu: ActeLu) -> Texte:
    """The whole text of an act. Never raises for a missing value: `manques` tells them all.

    Once its rapport is sent it is the text that the members received, which lacks nothing but who signs it.
    """
    if lu.joint and not lu.essai:
        return _joint(lu)
    texte = Texte()
    numerotes = _numeroter(lu, texte)
    valeurs = texte.valeurs = champs.valeurs(lu) | _renvois(numerotes)
    for bloc, numero, titre, brut, suite in _repeter(lu, numerotes, valeurs):
        ou = _designer(bloc, numero)
        texte.manques += _manques(lu, ou, titre, valeurs) + _manques(lu, ou, brut, valeurs)
        texte.manques += _blancs(marques.du_bloc(lu, bloc, ou, (titre, brut), valeurs, suite.get("modification")))
        texte.manques += _vides(lu, bloc, ou, valeurs)
        texte.clauses.append(
            Clause(
                nature=bloc.nature,
                cle=suite.get("cle", bloc.cle),
                titre=remplacer(titre, valeurs),
                texte=suite.get("repete") or _completer(lu, bloc, remplacer(brut, valeurs), numerotes, valeurs),
                numero=numero,
                fiche=suite.get("fiche"),
                versements=en_donnees(lu) if bloc.contenu == Contenu.VERSEMENTS and not bloc.rangee else [],
                logos=_logos(lu) if bloc.contenu == Contenu.PUBLICITE else [],
            )
        )
    texte.changements = [changement(m, valeurs) for m in lu.modifications]
    texte.manques += _controles(lu) + _sans_objet(lu, texte.changements) + _exigences(lu, texte.clauses)
    texte.manques = list(dict.fromkeys(texte.manques))
    return texte


def dire(lu: ActeLu) -> dict:
    """Clauses and operations of an act, as they were frozen, else as they are composed now."""
    if lu.acte.document_id:
        return lu.acte.document.contexte
    texte = composer(lu)
    return {
        "clauses": [c.en_donnees() for c in texte.clauses],
        "changements": [c.en_donnees() for c in texte.changements],
    }


def _joint(lu: ActeLu) -> Texte:
    clauses = [Clause(**c) for c in lu.joint["clauses"]]
    return Texte(
        clauses=clauses,
        changements=[Changement(**c) for c in lu.joint["changements"]],
        valeurs=champs.valeurs(lu),
        manques=_signataires(lu, seulement=SIGNES)
        + _blancs(marques.du_texte_adopte(lu, clauses))
        + _blancs(marques.des_parties(lu))
        + _exigences(lu, clauses),
    )


def _blancs(trouvees) -> list[Manque]:
    """A blank left in a text stops the act as an empty field does."""
    return [
        Manque(m.champ, m.bloc, f"Il y reste « {m.marque} ». {m.remede}", m.adresse, "n’est pas rempli")
        for m in trouvees
    ]


def _numeroter(lu: ActeLu, texte: Texte) -> list[tuple]:
    """`(block, number, title, raw text, rest)`: a block that the application completes may give several clauses."""
    rangs, resultat = dict.fromkeys(NUMEROTES, 0), []

    def poser(bloc, titre, brut, numero=None, **suite):
        if bloc.nature in NUMEROTES:
            rangs[bloc.nature] += 1
            numero = numero or rangs[bloc.nature]
        resultat.append((bloc, numero, titre, brut, suite))

    for bloc in retenus(lu):
        if bloc.contenu == Contenu.FICHES:
            for lue in lu.fiches:
                donnees, manques = fiches.composer(lu, lue)
                ou = f"Fiche action {entre_guillemets(str(lue.fiche))}"
                texte.manques += [Manque(m.champ, ou, m.remede, m.adresse) for m in manques]
                texte.manques += _blancs(marques.de_la_fiche(lu, lue, donnees, ou))
                numero = _numero_dans_la_convention(lu, lue.fiche)
                poser(bloc, lue.fiche.intitule, "", numero, fiche=donnees, cle=cle_de_fiche(lue.fiche.pk))
        elif bloc.operation or bloc.contenu == Contenu.MODIFICATIONS:
            # An article of the model that changes the convention is printed from the act's own copy of it.
            for m in lu.modifications:
                if m.bloc_id == (bloc.pk if bloc.operation else None):
                    cle = bloc.cle if m.bloc_id else f"modification-{m.pk}"
                    poser(bloc, m.titre or intitule(m), phrase(m), cle=cle, modification=m)
        else:
            poser(bloc, bloc.titre, bloc.texte)
    return resultat


def _repeter(lu, numerotes, valeurs):
    """The same, a visa that repeats being as many visas: none when there is nothing to repeat."""
    for bloc, numero, titre, brut, suite in numerotes:
        if bloc.nature == Nature.VISA and bloc.contenu in repetitions.REPETITIONS:
            for rangee in repetitions.rangees(lu, bloc, valeurs)[0]:
                repete = " ".join(filter(None, (remplacer(brut, valeurs), rangee)))
                yield bloc, numero, titre, brut, {**suite, "repete": repete}
        else:
            yield bloc, numero, titre, brut, suite


def _vides(lu, bloc, ou: str, valeurs) -> list[Manque]:
    """What the application would write there with a blank."""
    vides = donnees_personnelles.vides(lu) if bloc.contenu == Contenu.DONNEES else []
    vides = vides + repetitions.vides(lu, bloc, valeurs)
    siens = {c.cle for c in repetitions.champs_de(bloc)}
    de_l_acte = [nom for nom in cites(bloc.rangee) if nom not in siens]
    manques = _manques(lu, ou, "".join(f"{{{nom}}}" for nom in de_l_acte), valeurs)
    return [Manque(v.champ, ou, v.remede, v.adresse) for v in vides] + manques


def _logos(lu) -> list[dict]:
    """That of the Département, then those of the sources that finance the act: files of `static/`, nothing else."""
    sources = {f.source.logo: f.source.libelle for f in lu.financements if f.source_id and f.source.logo}
    notre = {"fichier": settings.DPID["logo"], "nom": settings.DPID["collectivite"]}
    return [notre, *({"fichier": Logo(logo).fichier, "nom": nom} for logo, nom in sorted(sources.items()))]


def _numero_dans_la_convention(lu: ActeLu, fiche) -> int | str | None:
    """An annexe of an avenant is called as the convention will call it; None when no operation places this fiche."""
    m = next((m for m in lu.modifications if m.fiche_id == fiche.pk), None)
    if m is None:
        return None
    return m.numero if m.operation == Operation.REMPLACER else m.numero_donne


def _renvois(numerotes) -> dict[str, str]:
    """{`article:cle`: « article 4 »}: the rank in this act."""
    renvois = {}
    for bloc, numero, _, _, suite in numerotes:
        if numero:
            rang = f"{bloc.get_nature_display().lower()}\u00a0{numero}"
            renvois[f"{bloc.nature}:{suite.get('cle', bloc.cle)}"] = rang
            # A block that gives several clauses is called by its own key: the first of them.
            renvois.setdefault(f"{bloc.nature}:{bloc.cle}", rang)
    return renvois


def _designer(bloc, numero) -> str:
    return f"{bloc.get_nature_display()} {numero}" if numero else str(bloc)


def _manques(lu, ou: str, texte: str, valeurs: dict) -> list[Manque]:
    manques = []
    for nom in cites(texte):
        if valeurs.get(nom):
            continue
        champ = champs.PAR_CLE.get(nom)
        if champ:
            manques.append(Manque(champ.libelle, ou, champ.remede, champ.ou(lu)))
        else:
            remede = "Ce renvoi ne mène à rien dans cet acte : corrigez le modèle."
            manques.append(Manque(f"{{{nom}}}", ou, remede, lu.acte.version_modele.get_absolute_url()))
    return manques


def _completer(lu, bloc, texte: str, numerotes, valeurs) -> str:
    """What the application writes after the text of the block."""
    ajouts = [f"- {rangee}" for rangee in repetitions.rangees(lu, bloc, valeurs)[0]]
    if bloc.contenu == Contenu.ANNEXES:
        annexes = [(numero, titre) for autre, numero, titre, _, _ in numerotes if autre.nature == Nature.ANNEXE]
        ajouts = [f"- Annexe {numero} : {remplacer(titre, valeurs)}" for numero, titre in annexes]
    elif bloc.contenu == Contenu.DONNEES:
        ajouts = donnees_personnelles.paragraphes(lu)
    return "\n\n".join(filter(None, (texte, "\n".join(ajouts))))


def _identite(lu, partie) -> list[tuple[str, str]]:
    """What the head of the act says of a structure and that is not filled, with its remedy."""
    structure, representant = partie.structure, lu.representant_de(partie)
    manques = [
        (nom, champs.COMPLETER_STRUCTURE)
        for nom, valeur in (("Siège", structure.adresse_imprimee), ("SIRET", structure.siret_imprime))
        if not valeur
    ]
    if representant is None:
        return [*manques, ("Représentant", champs.REPRESENTANT)]
    return manques if representant.habilitation else [*manques, ("Habilitation du représentant", champs.HABILITATION)]


# What is still asked of a party when the text of the act is no longer to be filled.
SIGNES = ("Représentant", "Habilitation du représentant")


def _signataires(lu, *, seulement=None) -> list[Manque]:
    """Who signs for the Département, what the head of the act says of the parties (`seulement`: these fields)."""
    manques = []
    if lu.signataire is None:
        champ = champs.PAR_CLE["signataire"]
        manques.append(Manque(champ.libelle, "Signatures", champ.remede, champ.ou(lu)))
    for partie in lu.parties:
        if partie.structure_id:
            fiche = partie.structure.get_absolute_url()
            manques += [
                Manque(f"{champ} de {partie}", "Parties", remede, fiche)
                for champ, remede in _identite(lu, partie)
                if seulement is None or champ in seulement
            ]
    return manques


def _controles(lu) -> list[Manque]:
    """What no field says but no act may lack."""
    manques = []
    if lu.partie_structure is None:
        manques.append(Manque("Parties", "Parties", "Nommez les parties de l’acte.", _page("acte_parties", lu)))
    manques += _signataires(lu) + _blancs(marques.des_parties(lu))
    if lu.acte.est_avenant and not lu.modifications:
        ou = _page("modification_nouvelle", lu)
        manques.append(Manque("Modifications", "Articles", "Dites ce que l’avenant change.", ou))
    manques += _non_imprimees(lu)
    if raison := ecart(lu):
        manques.append(Manque("Versements", "Échéancier", raison, _page("acte_versements", lu)))
    return manques


def _exigences(lu, clauses) -> list[Manque]:
    """Clauses that the law wants from this structure: the act is held back without them."""
    version = lu.essai or lu.acte.version_modele
    ou = version.get_absolute_url() if version else lu.acte.get_absolute_url()
    return [Manque(e.libelle, "Clauses", e.remede, ou, "manque") for e in exigences.absentes(lu, clauses)]


def _sans_objet(lu, changements) -> list[Manque]:
    """Modifications of what the text in force does not have, or has no longer."""
    if lu.essai or lu.precedents is None:
        return []
    raisons = en_vigueur.refus(en_vigueur.avant(lu, dire), changements)
    remede = "Corrigez cette modification"
    if lu.convention.est_reprise:
        remede += ", ou complétez les articles sur la page de la convention"
    return [
        Manque(
            str(m), "Modifications", f"{raison} {remede}.", reverse("modification_modifier", args=[m.pk]),
            "ne s’applique pas",
        )
        for m, raison in zip(lu.modifications, raisons, strict=True)
        if raison
    ]  # fmt: skip


def _page(nom: str, lu) -> str:
    return reverse(nom, args=[lu.acte.pk])


def _non_imprimees(lu) -> list[Manque]:
    """Modifications that the consolidated text would take and that no article of the model prints."""
    blocs = retenus(lu)
    articles = {b.pk for b in blocs if b.operation}
    libres = any(b.contenu == Contenu.MODIFICATIONS for b in blocs)
    muettes = [m for m in lu.modifications if not (m.bloc_id in articles if m.bloc_id else libres)]
    remede = "Aucun article du modèle ne l’imprime : supprimez-la, ou complétez le modèle de l’avenant."
    # A version on trial has other blocks than those that the modifications came from.
    return [] if lu.essai else [Manque(str(m), "Modifications", remede, lu.acte.get_absolute_url()) for m in muettes]
