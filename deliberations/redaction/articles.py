"""Articles of the délibération and decisions proposed by the rapport, written from the data.

Every number, amount and name is a reference resolved here: « 15 structures » when there are 14 cannot be printed, and
an officer who rewords an article keeps its live figures. Articles of decision stand in a block of vote; the imputation
of what they decide is a consequence, common to the blocks when there are several.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from deliberations.redaction.mots import enumerer, guillemets
from deliberations.redaction.renvois import remplacer
from dpid.montants import FINE_INSECABLE, INSECABLE, euros
from dpid.typographie import accorder, composer

AVENANT, CONVENTION_TYPE, CONVENTION_SPECIFIQUE = "avenant", "convention_type", "convention_specifique"
# Above this number, an article names the annexe that lists the structures: the published acts do the same.
NOMS_AU_PLUS = 15
ORDRE_ACTES = (AVENANT, CONVENTION_TYPE, CONVENTION_SPECIFIQUE, "")
SIGNER = "Le Président du Conseil départemental est habilité à signer, pour le Département, {acte}."


@dataclass
class Article:
    """`modele` holds references, `valeurs` what they are worth; `bloc` is a rank, None for a common consequence."""

    cle: str
    modele: str
    valeurs: dict
    bloc: int | None
    decision: str = ""
    donnees: dict = field(default_factory=dict)

    def texte(self, rediges: dict) -> str:
        return remplacer(rediges.get(self.cle) or self.modele, self.valeurs)


@dataclass(frozen=True)
class Contenu:
    """Everything that the articles are made from: typed data, no row of the database.

    `blocs`: ranks in order, at least one; `adoptes`: those whose articles are decided; `cles`: {rank: what names the
    block in the keys of its articles}, stable when blocks are reordered and when lines leave in session.
    """

    repartition: dict
    annexes: list[dict]
    imputations: list[dict] = field(default_factory=list)
    recettes: list[dict] = field(default_factory=list)
    blocs: tuple[int, ...] = (1,)
    adoptes: tuple[int, ...] = (1,)
    rediges: dict = field(default_factory=dict)
    cles: dict = field(default_factory=dict)

    @property
    def renvois(self) -> dict:
        from deliberations.redaction.annexes import renvois

        return renvois(self.annexes)

    def rang(self, bloc) -> int:
        return bloc if bloc in self.blocs else self.blocs[0]


def articles(contenu: Contenu) -> list[dict]:
    """`{numero, cle, bloc, texte}` in order, with `montant` and `thematique` for a financing, `imputations` or
    `recettes` for a consequence."""
    ecrits = [_numeroter(rang, a, contenu) for rang, a in enumerate(_decisions(contenu), start=1)]
    for consequence in _consequences(contenu, ecrits):
        ecrits.append(_numeroter(len(ecrits) + 1, consequence, contenu))
    return ecrits


def modeles(contenu: Contenu) -> list[Article]:
    """The generated articles before any rewording, for the page that edits them."""
    decisions_ = list(_decisions(contenu))
    ecrits = [_numeroter(rang, a, contenu) for rang, a in enumerate(decisions_, start=1)]
    return decisions_ + _consequences(contenu, ecrits)


def decisions(contenu: Contenu) -> list[str]:
    """What the rapport asks the assembly to decide: the items of one sentence, punctuated as such."""
    textes = [remplacer(a.decision, a.valeurs) for a in _decisions(contenu) if a.decision]
    return [texte + (f"{FINE_INSECABLE};" if rang < len(textes) else ".") for rang, texte in enumerate(textes, 1)]


def _numeroter(rang: int, article: Article, contenu: Contenu) -> dict:
    return {
        "numero": rang,
        "cle": article.cle,
        "bloc": article.bloc,
        "texte": article.texte(contenu.rediges),
        **article.donnees,
    }


def _decisions(contenu: Contenu):
    """Articles of decision, block after block: financings, models, acts to sign."""
    for bloc in contenu.blocs:
        if bloc in contenu.adoptes:
            groupes = [g for g in contenu.repartition["thematiques"] if contenu.rang(g.get("bloc")) == bloc]
            yield from (_article_financement(g, bloc, contenu) for g in groupes if Decimal(g["nouveau"]))
            yield from _modeles_adoptes(bloc, contenu)
            yield from _actes(groupes, bloc, contenu)


# --- Financing


def _article_financement(groupe, bloc, contenu) -> Article:
    """« Est approuvé le financement des 2 opérations présentées au titre de la thématique 4 « … », pour un montant
    total de 155 121,00 €, réparti selon l’annexe 2. »"""
    nombre = _nombre_annonce(groupe)
    corps = "le financement {quoi} au titre de la {thematique}, pour {montants}, réparti selon l’{annexe:repartition}"
    valeurs = {
        "quoi": _quoi(nombre, groupe.get("mot", "operation")),
        "nombre": str(nombre),
        "thematique": f"thématique{INSECABLE}{groupe['numero']} {guillemets(groupe['titre'])}",
        "montants": ("un montant de " if nombre == 1 else "un montant total de ") + _montants(groupe),
        "montant": euros(groupe["budget"], symbole=True),
        "structures": accorder(groupe.get("nombre_structures", 0), "structure"),
        **contenu.renvois,
    }
    return Article(
        cle=f"financement-{groupe['cle']}",
        modele=f"Est approuvé {corps}.",
        decision=f"d’approuver {corps}",
        valeurs=valeurs,
        bloc=bloc,
        donnees={"montant": groupe["budget"], "thematique": groupe["numero"]},
    )


def _nombre_annonce(groupe) -> int:
    """What the thématique counts: its opérations, or the references of dispositif that they cover."""
    financees = [o for o in groupe["operations"] if Decimal(o["nouveau"])]
    if groupe.get("compte") == "references":
        return sum(max(1, o.get("references", 1)) for o in financees)
    return len(financees)


def _quoi(nombre: int, mot: str) -> str:
    if mot == "dispositif":
        return "du dispositif présenté" if nombre == 1 else f"des {nombre}{INSECABLE}dispositifs présentés"
    return "de l’opération présentée" if nombre == 1 else f"des {nombre}{INSECABLE}opérations présentées"


def _montants(groupe) -> str:
    """Money of another source (FSL…) is said apart: it never adds up with the département's. When it adds to acts in
    force, their new total is said beside: it is the figure that their annexes and the rapport print."""
    budget = Decimal(groupe["budget"])
    ailleurs = Decimal(groupe["nouveau"]) - budget
    deja = Decimal(groupe.get("deja_accorde_ailleurs", "0"))
    porte = f" ({euros(ailleurs + deja, symbole=True)} avec les montants déjà accordés)" if deja else ""
    if not budget:
        return f"{euros(ailleurs, symbole=True)} assuré hors budget départemental{porte}"
    if not ailleurs:
        return euros(budget, symbole=True)
    suite = f"{euros(ailleurs, symbole=True)} financés hors budget départemental{porte}"
    return f"{euros(budget, symbole=True)}, auquel s’ajoutent {suite}"


# --- Models and acts to sign


def _modeles_adoptes(bloc, contenu):
    for annexe in contenu.annexes:
        if annexe["nature"] == "modele" and contenu.rang(annexe["bloc"]) == bloc:
            corps = "comme modèle de convention le projet joint en {annexe}"
            yield Article(
                cle=f"modele-{annexe['cle']}",
                modele=f"Est adopté {corps}.",
                decision=f"d’adopter {corps}",
                valeurs={"annexe": f"annexe{INSECABLE}{annexe['numero']}", **contenu.renvois},
                bloc=bloc,
            )


def _actes(groupes, bloc, contenu) -> list[Article]:
    """One article per kind of act and per annexe (or grouping of annexes) joined: avenants, conventions type…"""
    annexes = {a["cle"]: a for a in contenu.annexes}
    lots: dict[tuple, dict] = defaultdict(lambda: {"structures": {}, "actes": set(), "avenants": set(), "annexes": {}})
    for groupe in groupes:
        for operation in groupe["operations"]:
            for ligne in operation["lignes"]:
                _ranger(lots, ligne, annexes)
    cles = sorted(lots, key=lambda c: (ORDRE_ACTES.index(c[0]), _premier_numero(lots[c], annexes)))
    nom = contenu.cles.get(bloc, bloc)
    ecrits = [
        _article_acte(
            f"signature-{nom}-{nature}-{lot}",
            _acte(nature, lots[nature, lot], annexes),
            bloc,
            contenu,
        )
        for nature, lot in cles
    ]
    for annexe in contenu.annexes:
        if annexe["nature"] == "projet_acte" and annexe["parties"] and contenu.rang(annexe["bloc"]) == bloc:
            ecrits.append(_article_acte(f"signature-{annexe['cle']}", _acte_hors_lignes(annexe), bloc, contenu))
    return ecrits


def _article_acte(cle, acte, bloc, contenu) -> Article:
    return Article(
        cle=cle,
        modele=SIGNER,
        decision="de m’habiliter à signer, pour le Département, {acte}",
        valeurs={"acte": acte, **contenu.renvois},
        bloc=bloc,
    )


def _ranger(lots, ligne, annexes):
    acte = ligne["acte"]
    if ligne["motif_zero"] or not (acte["nature"] or ligne["instrument"]):
        return
    annexe = annexes.get(acte["annexe"]) if acte["annexe"] else None
    lot = lots[acte["nature"], (annexe["regroupement"] or annexe["cle"]) if annexe else ""]
    lot["structures"].setdefault(ligne["structure"])
    lot["actes"].add((ligne["structure"], acte["numero_avenant"], acte["initial_numero"], acte["initial_le"]))
    lot["avenants"].add(acte["numero_avenant"])
    if annexe:
        lot["annexes"].setdefault(annexe["cle"])


def _premier_numero(lot, annexes) -> int:
    return min((annexes[cle]["numero"] for cle in lot["annexes"]), default=0)


def _acte(nature, lot, annexes) -> str:
    """« les avenants à conclure avec les 7 structures suivantes : 4AJ, …, selon le projet joint en annexe 3 »."""
    structures = [composer(s) for s in lot["structures"]]
    un_seul = len(lot["actes"]) == 1
    if nature == AVENANT:
        numero = next(iter(lot["avenants"])) if un_seul else None
        objet = f"l’avenant n°{INSECABLE}{numero}" if numero else ("l’avenant" if un_seul else "les avenants")
    elif nature:
        objet = "la convention" if un_seul else "les conventions"
        if nature == CONVENTION_SPECIFIQUE:
            objet += " spécifique" if un_seul else " spécifiques"
    else:
        objet = ("l’acte mentionné" if un_seul else "les actes mentionnés") + " à l’{annexe:repartition}"
        objet = remplacer(objet, {f"annexe:{c}": f"annexe{INSECABLE}{a['numero']}" for c, a in annexes.items()})
    if len(structures) == 1:
        avec = f"avec la structure {structures[0]}"
    elif len(structures) <= NOMS_AU_PLUS:
        avec = f"avec les {len(structures)} structures suivantes{INSECABLE}: {enumerer(structures)}"
    else:
        annexe = next(a["numero"] for a in annexes.values() if a["nature"] == "repartition")
        avec = f"avec les {len(structures)} structures que l’annexe{INSECABLE}{annexe} désigne"
    return f"{objet} à conclure {avec}{_modele(nature, lot, annexes)}"


def _modele(nature, lot, annexes) -> str:
    numeros = [str(annexes[cle]["numero"]) for cle in lot["annexes"]]
    if len(numeros) > 1:
        return f", selon les projets joints en annexes{INSECABLE}{enumerer(sorted(numeros, key=int))}"
    if numeros:
        return f", selon le projet joint en annexe{INSECABLE}{numeros[0]}"
    return ", selon la convention type en vigueur" if nature == CONVENTION_TYPE else ""


def _acte_hors_lignes(annexe) -> str:
    """An act whose other party is no line of the rapport: « la convention « … » à conclure avec l’État… »."""
    nature = "l’avenant" if annexe["nature_acte"] == AVENANT else "la convention"
    objet = f" {guillemets(annexe['objet'])}" if annexe["objet"] else ""
    return (
        f"{nature}{objet} à conclure avec {composer(annexe['parties'])}, selon le projet joint en "
        f"annexe{INSECABLE}{annexe['numero']}"
    )


# --- Consequences: what the articles of decision cost, what they bring in


def _consequences(contenu: Contenu, ecrits: list[dict]) -> list[Article]:
    bloc = contenu.blocs[0] if len(contenu.blocs) == 1 else None
    suite = []
    if contenu.recettes and contenu.adoptes:
        pluriel = len(contenu.recettes) > 1
        phrase = "Les recettes attendues sont inscrites" if pluriel else "La recette attendue est inscrite"
        suite.append(
            Article(
                "recettes", f"{phrase} au budget du Département ainsi qu’il suit{INSECABLE}:", contenu.renvois, bloc,
                donnees={"recettes": contenu.recettes},
            )
        )  # fmt: skip
    if contenu.imputations:
        finances = [str(a["numero"]) for a in ecrits if Decimal(a.get("montant") or 0)]
        suite.append(
            Article(
                "imputations", "{depenses} sur le budget du Département ainsi qu’il suit\u00a0:",
                {"depenses": _depenses(finances), **contenu.renvois}, bloc,
                donnees={"imputations": contenu.imputations},
            )
        )  # fmt: skip
    return suite


def _depenses(finances: list[str]) -> str:
    if len(finances) == 1:
        return f"La dépense qui résulte de l’article{INSECABLE}{finances[0]} est imputée"
    return f"Les dépenses qui résultent des articles{INSECABLE}{enumerer(finances)} sont imputées"
