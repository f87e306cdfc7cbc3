"""`manage.py editer {convention,avenant,consolidee} NUMERO [--au DATE]`, beside the documents of a rapport."""

import json

from django.core.management.base import CommandError
from django.core.serializers.json import DjangoJSONEncoder

from conventions import documents, texte_consolide
from conventions.lecture import lire_un
from conventions.models import Acte, Convention
from deliberations.management.commands.editer import Command as EditerDuRapport
from dpid import bureautique
from dpid.fichiers import ecrire
from dpid.management.base import jour

DES_ACTES = ("convention", "avenant", "consolidee")


class Command(EditerDuRapport):
    help = f"{EditerDuRapport.help} Ou un acte : convention 2024-00012, avenant 2024-00012/2, consolidee 2024-00012."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument(
            "--au", type=jour, metavar="AAAA-MM-JJ", help="consolidee : le texte en vigueur ce jour-là (aujourd’hui)"
        )

    def handle(self, *args, document, reference, format, sortie, edition, au=None, **options):
        if au and document != "consolidee":
            raise CommandError("--au ne s’emploie qu’avec « consolidee » : un acte se lit tel qu’il est.")
        if document not in DES_ACTES:
            return super().handle(
                *args, document=document, reference=reference, format=format, sortie=sortie, edition=edition, **options
            )
        numero, _, rang = reference.partition("/")
        convention = Convention.objects.filter(numero=numero).first()
        if convention is None:
            raise CommandError(f"Aucune convention ne porte le numéro {numero}.")
        if document == "consolidee":
            contenu = texte_consolide.editer(convention, format, au)
        else:
            contenu = _acte(convention, document, rang, format)
        self.stdout.write(str(ecrire(sortie, contenu)))
        return None


def _acte(convention, document, rang, format) -> bytes:
    if document == "avenant" and not rang.isdigit():
        raise CommandError("Dites le numéro de l’avenant : 2024-00012/2.")
    acte = convention.actes.filter(rang=int(rang or 0)).exclude(etat=Acte.Etat.ABANDONNE).first()
    if acte is None:
        raise CommandError(f"La {convention} n’a pas cet acte.")
    if format == "pdf":
        return documents.editer(acte)[0]
    donnees = acte.document.contexte if acte.document_id else documents.contexte(lire_un(acte))
    if format == "json":
        return json.dumps(donnees, ensure_ascii=False, indent=2, cls=DjangoJSONEncoder).encode()
    if format == "html":
        return documents.en_html(donnees).encode()
    if format in bureautique.FORMATS:
        return documents.modifiable(donnees, format)
    raise CommandError("Formats d’un acte : pdf, json, html ; odt, docx avec l’extension bureautique.")
