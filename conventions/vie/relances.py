"""Acts sent to a structure and not back after the delay: the reminder, ready to be changed, then its dated sending."""

from django.db import transaction
from django.utils import timezone

from conventions.models import Acte
from dpid.erreurs import ActeRefuse
from dpid.gestes import deja_cree
from dpid.models import Journal
from dpid.montants import euros
from dpid.typographie import composer, date_courte, date_longue
from programmes.instruction import courriers
from programmes.models import Courrier

OBJET = "Signature attendue : {acte}"


def rediger(lu, agent) -> dict[str, str]:
    """Recipient, subject and text of the reminder, from an act read by `lecture`."""
    acte, structure = lu.acte, lu.convention.structure
    exemplaires = f"{acte.exemplaires} exemplaires" if acte.exemplaires > 1 else "un exemplaire"
    lignes = [
        "Madame, Monsieur,",
        f"Le {date_longue(acte.remis_le)}, nous vous avons adressé en {exemplaires}, pour signature, l’acte suivant : "
        f"{acte} (« {lu.convention.objet} »). Sauf erreur de notre part, il ne nous est pas revenu.",
        "Merci de nous retourner les exemplaires signés par la personne habilitée, ou de dire ce qui les retient.",
    ]
    if lu.montant:
        lignes.append(f"La participation de {euros(lu.montant, symbole=True)} ne peut être versée avant la signature.")
    if acte.relance_le:
        lignes.append(f"Ce message fait suite à celui du {date_longue(acte.relance_le)}.")
    lignes += ["Avec nos salutations distinguées,", "\n".join(filter(None, (str(agent), agent.qualite)))]
    destinataires = [c.courriel for c in structure.contacts.all() if c.courriel] or [structure.courriel]
    return {
        "destinataire": ", ".join(filter(None, destinataires))[:250],
        "objet": OBJET.format(acte=acte)[:250],
        "corps": "\n\n".join(composer(ligne) for ligne in lignes) + "\n",
    }


@transaction.atomic
def relancer(acte, *, par, destinataire, objet, corps, envoye_le, jeton="") -> tuple[Courrier, bool]:
    """(courrier, is it new): the message as it was sent, kept with its structure and its dossier, dated on the act.

    The same form twice is one reminder. Raises ActeRefuse: the act is no longer awaited, or was reminded that day.
    """
    acte = Acte.verrouiller(acte.pk)
    existant = deja_cree(Courrier, par, jeton) if jeton else None
    if existant:
        return Courrier.objects.get(pk=existant), False
    if acte.etat != Acte.Etat.A_SIGNER:
        raise ActeRefuse(f"On ne relance plus : {acte} est à l’état « {acte.get_etat_display()} ».")
    if not acte.remis_le <= envoye_le <= timezone.localdate():
        raise ActeRefuse(f"Une relance part entre la remise de l’acte ({date_courte(acte.remis_le)}) et aujourd’hui.")
    if acte.relance_le and envoye_le <= acte.relance_le:
        raise ActeRefuse(f"La structure a déjà été relancée le {date_courte(acte.relance_le)} : rien n’a été ajouté.")
    dossier = acte.fiches.filter(lignes__isnull=False).values_list("lignes__ligne__dossier", flat=True).first()
    courrier = courriers.garder_l_envoi(
        Courrier.Nature.RELANCE, "Relancer la signature d’un acte", par=par, le=envoye_le,
        structure=acte.convention.structure_id, dossier=dossier, destinataire=destinataire, objet=objet, corps=corps,
        donnees={"jeton": jeton, "acte": acte.pk},
    )  # fmt: skip
    acte.relance_le, acte._acte_en_cours, acte.skip_history_when_saving = envoye_le, True, True
    acte.save(update_fields=["relance_le"])
    Journal.noter(
        acte,
        "relancer",
        "Relancer la structure",
        par=par,
        vers=f"{envoye_le:%d/%m/%Y}",
        donnees={"courrier": courrier.pk},
    )
    return courrier, True
