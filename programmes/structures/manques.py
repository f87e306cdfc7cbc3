"""« Il vous manque » : one message to a structure for everything that it owes us, then its dated sending."""

from django.db import transaction

from dpid.erreurs import ActeRefuse
from dpid.gestes import deja_cree
from dpid.typographie import composer, entre_guillemets
from programmes.instruction import courriers
from programmes.models import Courrier, Structure

OBJET = "Pièces et informations attendues pour vos demandes de subvention"


def rediger(structure, manques, agent) -> dict[str, str]:
    """Recipient, subject and text, ready to be changed by the officer. Nothing about money, nothing confidential."""
    destinataires = [c.courriel for c in structure.contacts.all() if c.courriel] or [structure.courriel]
    lignes = ["Madame, Monsieur,", "", "Pour poursuivre l’examen de vos demandes, il nous manque :"]
    if manques.communs:
        lignes += ["", "Pour votre structure", *(f"- {p}" for p in manques.communs)]
    for dossier, phrases in manques.par_dossier:
        action = entre_guillemets(dossier.intitule) if dossier.intitule else dossier.dispositif.titre
        lignes += ["", f"Pour le dossier n°\u00a0{dossier.pk} ({dossier.annee}), {action}"]
        lignes += [f"- {p}" for p in phrases]
    lignes += [
        "", "Vous pouvez répondre à ce message en joignant ces éléments, en rappelant le numéro du dossier.", "",
        "Avec nos salutations distinguées,", "", str(agent), agent.qualite,
    ]  # fmt: skip
    return {
        "destinataire": ", ".join(filter(None, destinataires)),
        "objet": OBJET,
        "corps": "\n".join(composer(ligne) for ligne in lignes).strip() + "\n",
    }


@transaction.atomic
def envoyer(structure, *, par, destinataire, objet, corps, envoye_le, jeton=""):
    """(courrier, is it new): keep the message as it was sent, with its day and its author; one journal row on the
    structure. The same form twice is one sending. Raises ActeRefuse when the structure was merged meanwhile."""
    structure = Structure.objects.select_for_update().get(pk=structure.pk)
    if structure.fusionnee_dans_id:
        raise ActeRefuse(f"{structure} vient d’être fusionnée dans {structure.fusionnee_dans}.")
    existant = deja_cree(Courrier, par, jeton) if jeton else None
    if existant:
        return Courrier.objects.get(pk=existant), False
    courrier = courriers.garder_l_envoi(
        Courrier.Nature.IL_VOUS_MANQUE, "Envoyer « Il vous manque »", par=par, le=envoye_le, structure=structure.pk,
        destinataire=destinataire, objet=objet, corps=corps, donnees={"jeton": jeton},
    )  # fmt: skip
    return courrier, True
