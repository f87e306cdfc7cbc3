"""Rules of the fiches, computed: what each line should receive, and what deserves an officer's eye.

Every result is one French sentence with its figures; nothing here writes. Amounts are Decimal euros.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal

from django.db.models import Exists, OuterRef, Sum, prefetch_related_objects
from django.utils import timezone

from dpid.calendrier import ajouter_mois
from dpid.erreurs import ActeRefuse
from dpid.models import Territoire
from dpid.montants import CENTIME, ZERO, arrondir, euros
from dpid.textes import cle_texte
from dpid.typographie import accorder, composer, nombre
from programmes.models.appel import Dispositif
from programmes.models.dossier import Dossier
from programmes.models.financement import Financement
from programmes.models.ligne import LigneTerritoire

CENT = Decimal(100)


@dataclass(frozen=True)
class Calcul:
    """Amount given by the rule (euros) and the sentence that explains it."""

    montant: Decimal
    phrase: str

    def __post_init__(self):
        object.__setattr__(self, "phrase", composer(self.phrase))


@dataclass(frozen=True)
class Alerte:
    """`est_bloquante`: the fiche excludes the dossier; it may still be accepted, with a written reason."""

    code: str
    phrase: str
    est_bloquante: bool = False

    def __post_init__(self):
        object.__setattr__(self, "phrase", composer(self.phrase))


def e(montant) -> str:
    return euros(montant, symbole=True)


def mois_entre(debut: date, fin: date) -> int:
    """Whole months covered, both days included, a begun month counting from its 16th day: 01/01→30/06 is 6."""
    lendemain = min(fin, date(9000, 1, 1)) + timedelta(days=1)  # a year typed « 9999 » is not an error page
    mois = (lendemain.year - debut.year) * 12 + lendemain.month - debut.month
    if ajouter_mois(debut, mois) > lendemain:
        mois -= 1
    reste = (lendemain - ajouter_mois(debut, mois)).days
    return max(mois + (reste > 15), 0)


def meme_unite(une: str, autre: str) -> bool:
    """« place » and « Places », « jeune » and « jeunes »: the plural and the case do not change the unit."""
    return _au_singulier(une) == _au_singulier(autre)


def couts_incoherents(cout_unitaire, unite: str, autres: list[str]) -> str:
    """Why the further unit prices of a fiche (their units) cannot be applied, empty when they can."""
    if autres and cout_unitaire is None:
        return "Dites d’abord le coût unitaire et son unité, puis les autres coûts."
    vues = [unite]
    for autre in autres:
        if any(meme_unite(autre, vue) for vue in vues):
            return f"L’unité « {autre} » a deux coûts : gardez-en un."
        vues.append(autre)
    return ""


def compter(quantite, unite: str) -> str:
    """`250 places`, `1 place`, `3,5 mesures renforcées`, `1,5 ETP`."""
    if abs(quantite) < 2:
        mots = [m[:-1] if len(m) > 3 and m.endswith("s") and m != "mois" else m for m in unite.split()]
        unite = " ".join(mots)
    return f"{nombre(quantite)} {unite}"


def _au_singulier(unite: str) -> list[str]:
    return [mot[:-1] if len(mot) > 3 and mot[-1] in "sx" else mot for mot in cle_texte(unite).split()]


def la_fiche(dossier):
    """The fiche of a dossier with its prices, None when its dispositif has none (taken over from spreadsheets)."""
    fiche = getattr(dossier.dispositif, "fiche", None)
    if fiche is not None and fiche.cout_unitaire is not None:
        prefetch_related_objects([fiche], "autres_couts")
    return fiche


def calculer(ligne, fiche, totaux=None) -> Calcul | None:
    """What the fiche gives to a line (euros); None when it fixes no amount.

    First rule that applies: coût unitaire × quantité × prorata of duration; else forfait by structure. Then the cap:
    part maximale of the charges of the budget prévisionnel (`totaux`, see `PosteQuerySet.totaux`). The cap is that of
    the dossier: a line that asks for a part of it is capped at that part.
    """
    if fiche is None:
        return None
    calcul = par_unite(ligne, fiche) if fiche.cout_unitaire is not None else par_forfait(fiche)
    if fiche.taux_plafond is None or not (totaux or {}).get("charges"):
        return calcul
    plafond, texte = _plafond(ligne, fiche, totaux)
    if calcul is None:
        if ligne.demande is None:
            return None
        retenu = min(ligne.demande, plafond)
        return Calcul(retenu, f"Demande de {e(ligne.demande)}, au plus {texte} : {e(retenu)}.")
    if calcul.montant <= plafond:
        return calcul
    return Calcul(plafond, f"{calcul.phrase[:-1]}, ramenés à {texte}.")


def _plafond(ligne, fiche, totaux):
    """Cap of the line (euros) and its words. Rounded down when it is a part: the parts never exceed the whole."""
    charges, demande = totaux["charges"], ligne.demande or ZERO
    plafond = arrondir(charges * fiche.taux_plafond / CENT)
    texte = f"{nombre(fiche.taux_plafond)} % de {e(charges)} de charges, soit {e(plafond)}"
    ensemble = totaux.get("departement") or ZERO
    if not ZERO < demande < ensemble:
        return plafond, texte
    part = (plafond * demande / ensemble).quantize(CENTIME, rounding=ROUND_DOWN)
    return part, f"{texte}, dont {e(part)} pour cette ligne ({e(demande)} demandés sur {e(ensemble)})"


def par_unite(ligne, fiche) -> Calcul | None:
    """Each unit price × quantities of its unit (prefetch `quantites`) × prorata, added up; None without any.

    Several prices: each product is rounded and said, so that the sentence adds up to the cent.
    """
    quantites, produits = list(ligne.quantites.all()), []
    mois = _mois_payes(ligne, fiche)
    # A price of one month is not brought to the duration, it is multiplied: « 18 FAL × 171,90 € × 12 mois ».
    par_mois = mois is not None and fiche.cout_pour_mois == 1
    for prix, unite in fiche.prix():
        siennes = [q for q in quantites if meme_unite(q.unite, unite)]
        # A quantity is paid once, by the first price of its unit.
        quantites = [q for q in quantites if q not in siennes]
        if siennes:
            quantite = sum(q.valeur for q in siennes)
            montant = prix * quantite if mois is None else prix * quantite * mois / fiche.cout_pour_mois
            produits.append((arrondir(montant), f"{compter(quantite, unite)} {'×' if par_mois else 'à'} {e(prix)}"))
    if not produits:
        return None
    total = sum(montant for montant, _ in produits)
    duree = "" if mois is None else f" pour {fiche.cout_pour_mois} mois, sur {mois} mois"
    if par_mois:
        duree = f" × {mois} mois"
    if len(produits) == 1:
        return Calcul(total, f"{produits[0][1]}{duree} : {e(total)}.")
    parts = [f"{texte}{duree} ({e(montant)})" for montant, texte in produits]
    return Calcul(total, f"{', '.join(parts[:-1])} et {parts[-1]} : {e(total)}.")


def _mois_payes(ligne, fiche) -> int | None:
    """Months that the price is brought to; None when it applies as it is."""
    if not (fiche.cout_pour_mois and ligne.debut and ligne.fin and ligne.fin >= ligne.debut):
        return None
    # An action of a few days is never paid as a whole period: one month at least.
    mois = max(mois_entre(ligne.debut, ligne.fin), 1)
    return mois if mois != fiche.cout_pour_mois else None


def par_forfait(fiche) -> Calcul | None:
    if fiche.forfait is None:
        return None
    return Calcul(fiche.forfait, f"Forfait par structure : {e(fiche.forfait)}.")


# --- Alerts ---------------------------------------------------------------------------------------------------------


def alertes(dossier, *, lignes=None, totaux=None) -> list[Alerte]:
    """Everything the fiche says against this dossier, the excluding ones first. Queries do not grow with its lines.

    `lignes` (with their quantités) and `totaux` of the budget may be given when the caller already read them.
    """
    fiche = la_fiche(dossier)
    trouvees = []
    if fiche is not None:
        lignes = list(dossier.lignes.prefetch_related("quantites")) if lignes is None else lignes
        totaux = dossier.postes.totaux() if totaux is None else totaux
        trouvees += [*_porteur(dossier, fiche), *_contact(dossier, fiche), *_calendrier(dossier, fiche, lignes)]
        trouvees += [
            *_territoires(dossier, fiche),
            *_regle(fiche, lignes),
            *_budget(dossier, fiche, lignes, totaux),
            *_enveloppe(dossier, fiche),
            *_anciennete(dossier, fiche),
        ]
    if dossier.dispositif.est_suspendu:
        condition = dossier.dispositif.condition_suspensive
        trouvees.append(Alerte("condition", f"Condition suspensive non levée : {condition}. La convention attendra."))
    return sorted(trouvees, key=lambda a: not a.est_bloquante)


def _porteur(dossier, fiche):
    structure = dossier.structure
    if fiche.types_eligibles and structure.type not in fiche.types_eligibles:
        admis = ", ".join(str(structure.Type(t).label) for t in fiche.types_eligibles)
        phrase = f"Porteur non éligible : {structure.get_type_display()} ; la fiche admet {admis}."
        yield Alerte("porteur", phrase, est_bloquante=True)
    for agrement in fiche.agrements_exiges.exclude(pk__in=structure.agrements.au().order_by().values("type")):
        yield Alerte("agrement", f"Agrément exigé absent ou échu : {agrement}.", est_bloquante=True)


def _contact(dossier, fiche):
    if not fiche.est_contact_obligatoire:
        return
    aupres = f" ({fiche.contact_prealable})" if fiche.contact_prealable else ""
    depose_le = timezone.localdate(dossier.depose_le) if dossier.depose_le else None
    if dossier.contact_le is None:
        yield Alerte("contact", f"Contact préalable obligatoire{aupres} : le dossier n’en porte pas la date.")
    elif depose_le and dossier.contact_le > depose_le:
        yield Alerte(
            "contact",
            f"Contact du {dossier.contact_le:%d/%m/%Y} : il devait précéder le dépôt, fait le {depose_le:%d/%m/%Y}.",
        )


def _calendrier(dossier, fiche, lignes):
    session = dossier.session
    if session and dossier.depose_le and not dossier.est_reporte and not session.accueille(dossier.depose_le):
        phrase = f"Déposé hors session : la {session} s’est close le {session.cloture:%d/%m/%Y} à 23 h 59."
        yield Alerte("session", phrase, est_bloquante=True)
    for ligne in lignes:
        if not ligne.debut or not ligne.fin:
            continue
        mois = mois_entre(ligne.debut, ligne.fin)
        periode = f"du {ligne.debut:%d/%m/%Y} au {ligne.fin:%d/%m/%Y}"
        if fiche.duree_max_mois and mois > fiche.duree_max_mois:
            yield Alerte(
                "duree", f"Action de {mois} mois ({periode}) ; la fiche en admet {fiche.duree_max_mois} au plus."
            )
        elif fiche.duree_mois and mois != fiche.duree_mois:
            yield Alerte("duree", f"Action de {mois} mois ({periode}) ; la fiche en fixe {fiche.duree_mois}.")
        if session is not None:
            yield from _periode(ligne, session, periode)


def _periode(ligne, session, periode):
    """The start window and the period of implementation of the session, each bound said only when it exists."""
    if _hors(ligne.debut, session.demarrage_debut, session.demarrage_fin):
        voulu = bornes(session.demarrage_debut, session.demarrage_fin)
        yield Alerte("demarrage", f"Démarrage le {ligne.debut:%d/%m/%Y} ; la session le veut {voulu}.")
    prevue = session.action_debut, session.action_fin
    if _hors(ligne.debut, *prevue) or _hors(ligne.fin, *prevue):
        yield Alerte("periode", f"Action {periode} ; la session la prévoit {bornes(*prevue)}.")


def _hors(jour: date, debut: date | None, fin: date | None) -> bool:
    return not (debut or date.min) <= jour <= (fin or date.max)


def bornes(debut: date | None, fin: date | None) -> str:
    """« entre le … et le … », « à partir du … », « au plus tard le … »."""
    if debut and fin:
        return f"entre le {debut:%d/%m/%Y} et le {fin:%d/%m/%Y}"
    return f"à partir du {debut:%d/%m/%Y}" if debut else f"au plus tard le {fin:%d/%m/%Y}"


def _territoires(dossier, fiche):
    """Territoires of the lines that the fiche does not cover; groupings are unfolded on both sides."""
    places = LigneTerritoire.objects.filter(ligne__dossier=dossier, territoire=OuterRef("pk"))
    tous = Territoire.objects.annotate(
        est_ouvert=Exists(fiche.territoires.through.objects.filter(fiche=fiche.pk, territoire=OuterRef("pk"))),
        est_vise=Exists(places),
    )
    ouverts, vises, codes = Territoire.avec_leurs_codes(tous, "est_ouvert", "est_vise")
    if not ouverts:
        return
    couverts = set().union(*(codes[t.pk] | {t.code} for t in ouverts))
    dehors = [t.libelle for t in vises if t.code not in couverts and not codes[t.pk] <= couverts]
    if dehors:
        admis = ", ".join(t.libelle for t in ouverts)
        yield Alerte("territoire", f"Hors du territoire de la fiche : {', '.join(dehors)} ; elle couvre {admis}.")


def _regle(fiche, lignes):
    """What is proposed (else asked) above what the fiche's own price gives; the cap and the quantity are said apart."""
    if fiche.cout_unitaire is not None:
        for ligne in lignes:
            calcul = par_unite(ligne, fiche)
            voulu = ligne.propose if ligne.propose is not None else ligne.demande
            if calcul is not None and voulu and voulu > calcul.montant:
                yield Alerte(
                    "regle",
                    f"Ligne {ligne.ordre} : {e(voulu)}, soit {e(voulu - calcul.montant)} de plus que la règle de la "
                    f"fiche ({calcul.phrase[:-1]}).",
                )
    elif fiche.forfait is not None:
        voulu = sum((x.propose if x.propose is not None else x.demande or ZERO for x in lignes), ZERO)
        if voulu > fiche.forfait:
            ecart = e(voulu - fiche.forfait)
            yield Alerte(
                "forfait", f"{e(voulu)} pour un forfait de {e(fiche.forfait)} par structure : {ecart} de plus."
            )


def _budget(dossier, fiche, lignes, totaux):
    charges, demande = totaux["charges"], sum((ligne.demande or ZERO for ligne in lignes), ZERO)
    if totaux["ecart"]:
        yield Alerte(
            "equilibre",
            f"Budget prévisionnel déséquilibré : {e(charges)} de charges, {e(totaux['produits'])} de produits, "
            f"écart de {e(abs(totaux['ecart']))}.",
        )
    if totaux["departement"] and demande and totaux["departement"] != demande:
        yield Alerte(
            "demande", f"Le budget prévoit {e(totaux['departement'])} du Département ; la demande est de {e(demande)}."
        )
    if fiche.taux_plafond is not None and charges:
        plafond = arrondir(charges * fiche.taux_plafond / CENT)
        if demande > plafond:
            yield Alerte(
                "plafond",
                f"Demande de {e(demande)}, soit {nombre(arrondir(demande * CENT / charges))} % des charges ; la fiche "
                f"plafonne à {nombre(fiche.taux_plafond)} %, soit {e(plafond)}.",
            )
    if fiche.taux_indirect_max is not None and totaux["indirectes"]:
        # The cap is a share of the other costs of the action (fiche 4.2 of the 2024 call).
        base = charges - totaux["indirectes"]
        admis = arrondir(base * fiche.taux_indirect_max / CENT)
        if totaux["indirectes"] > admis:
            yield Alerte(
                "indirectes",
                f"Charges indirectes de {e(totaux['indirectes'])} ; la fiche admet {nombre(fiche.taux_indirect_max)} % "
                f"de {e(base)}, soit {e(admis)}.",
            )
    if not fiche.est_poste_finance and totaux["personnel"]:
        phrase = f"{e(totaux['personnel'])} de charges de personnel ; la fiche ne finance pas de poste."
        yield Alerte("postes", phrase)


def _enveloppe(dossier, fiche):
    if fiche.enveloppe is None:
        return
    retenu = Financement.objects.filter(ligne__dossier__dispositif=dossier.dispositif_id)
    total = retenu.aggregate(t=Sum("montant"))["t"] or ZERO
    if total > fiche.enveloppe:
        yield Alerte(
            "enveloppe",
            f"{e(total)} retenus sur le dispositif {dossier.dispositif.reference} pour une enveloppe de "
            f"{e(fiche.enveloppe)} : {e(total - fiche.enveloppe)} de trop.",
        )


def lignee(dispositif: Dispositif) -> list[int]:
    """Ids of the dispositif and of those it continues, year after year."""
    ids, courant = [], dispositif
    while courant is not None and courant.pk not in ids:
        ids.append(courant.pk)
        courant = courant.precedent
    return ids


def _anciennete(dossier, fiche):
    if not fiche.duree_max_annees:
        return
    anterieurs = Dossier.objects.filter(structure=dossier.structure_id, dispositif__in=lignee(dossier.dispositif))
    votes = anterieurs.filter(etat=Dossier.Etat.VOTE).exclude(pk=dossier.pk)
    annees = set(votes.values_list("dispositif__thematique__appel__annee", flat=True))
    if len(annees) >= fiche.duree_max_annees:
        liste = ", ".join(str(a) for a in sorted(annees))
        combien = accorder(len(annees), "année")
        phrase = f"Déjà soutenue {combien} ({liste}) ; la fiche admet {fiche.duree_max_annees} au plus."
        yield Alerte("anciennete", phrase, est_bloquante=True)


def refuser_si_ineligible(dossier) -> None:
    """Raise ActeRefuse with every excluding alert of the fiche."""
    bloquantes = [a.phrase for a in alertes(dossier) if a.est_bloquante]
    if bloquantes:
        raise ActeRefuse(f"{' '.join(bloquantes)} Pour passer outre, dites pourquoi.")
