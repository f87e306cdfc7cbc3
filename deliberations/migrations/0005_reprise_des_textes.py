"""What was typed as text becomes rows: visas, annexes, people of the séance. Nothing voted is touched."""

from django.db import migrations
from django.utils.text import slugify


def reprendre(apps, schema_editor):
    modele = lambda nom: apps.get_model("deliberations", nom)  # noqa: E731
    for seance in modele("Seance").objects.all():
        _personnes(modele, seance)
    for rapport in modele("Rapport").objects.all():
        _annexes(modele, rapport)
        for ordre, ligne in enumerate(filter(None, map(str.strip, rapport.visas_texte.splitlines())), start=1):
            texte = ligne.removeprefix("Vu ").rstrip(" ;")
            vise, _ = modele("TexteJuridique").objects.get_or_create(
                texte=texte, defaults={"code": f"repris-{slugify(texte)[:40]}-{rapport.pk}-{ordre}", "nature": "autre"}
            )
            modele("VisaJuridique").objects.get_or_create(rapport=rapport, texte=vise, defaults={"ordre": ordre})


def _personnes(modele, seance):
    for champ in ("president", "secretaire"):
        nom = getattr(seance, f"{champ}_texte").strip()
        if nom:
            setattr(seance, champ, _elu(modele, nom, seance))
    if seance.signataire_texte:
        prenom, _, nom = seance.signataire_texte.rpartition(" ")
        seance.signataire, _ = modele("Signataire").objects.get_or_create(
            code=slugify(seance.signataire_texte)[:40],
            defaults={"civilite": "Mme" if seance.qualite_signataire.lower().startswith("la ") else "M.",
                      "prenom": prenom, "nom": nom, "qualite": seance.qualite_signataire, "debut": seance.date},
        )  # fmt: skip
    seance.save()


def _elu(modele, texte, seance):
    feminin = texte.startswith(("Mme", "Madame"))
    for civilite in ("Madame ", "Monsieur ", "Mme ", "M. "):
        texte = texte.removeprefix(civilite)
    prenom, _, nom = texte.rpartition(" ")
    elu, cree = modele("Elu").objects.get_or_create(
        code=slugify(f"{nom} {prenom}")[:60], defaults={"civilite": "Mme" if feminin else "M."}
    )
    if cree:
        modele("Mandat").objects.create(
            elu=elu, instance=seance.instance, debut=seance.date, fin=seance.date, prenom=prenom, nom=nom
        )
    return elu


def _annexes(modele, rapport):
    """The répartition at the number that was typed, then a slot for each number that a line names."""
    Annexe, Proposition = modele("AnnexePresentee"), modele("Proposition")
    propositions = Proposition.objects.filter(operation__thematique__rapport=rapport)
    nommees = [n for n in propositions.values_list("annexe_acte", flat=True) if n]
    annexes = {}
    for numero in range(1, max([rapport.annexe_repartition, *nommees]) + 1):
        est_repartition = numero == rapport.annexe_repartition
        annexes[numero] = Annexe.objects.create(
            rapport=rapport, ordre=numero, cle="repartition" if est_repartition else f"annexe-{numero}",
            nature="repartition" if est_repartition else ("projet_acte" if numero in nommees else "descriptive"),
        )  # fmt: skip
    for numero in set(nommees):
        propositions.filter(annexe_acte=numero).update(annexe=annexes[numero])


def rendre(apps, schema_editor):
    """Back to text: the same words, the same numbers."""
    modele = lambda nom: apps.get_model("deliberations", nom)  # noqa: E731
    for seance in modele("Seance").objects.select_related("signataire"):
        for champ in ("president", "secretaire"):
            elu = getattr(seance, champ)
            mandat = modele("Mandat").objects.filter(elu=elu).first() if elu else None
            if mandat:
                setattr(seance, f"{champ}_texte", f"{elu.civilite} {mandat.prenom} {mandat.nom}")
        if seance.signataire:
            seance.signataire_texte = f"{seance.signataire.prenom} {seance.signataire.nom}"
            seance.qualite_signataire = seance.signataire.qualite
        seance.save()
    for rapport in modele("Rapport").objects.all():
        visas = modele("VisaJuridique").objects.filter(rapport=rapport).select_related("texte").order_by("ordre")
        rapport.visas_texte = "\n".join(f"Vu {v.texte.texte} ;" for v in visas)
        annexes = modele("AnnexePresentee").objects.filter(rapport=rapport).order_by("ordre", "pk")
        for numero, annexe in enumerate(annexes, start=1):
            if annexe.nature == "repartition":
                rapport.annexe_repartition = numero
            modele("Proposition").objects.filter(annexe=annexe).update(annexe_acte=numero)
        rapport.save()


class Migration(migrations.Migration):
    dependencies = [("deliberations", "0004_assemblee_et_votes")]
    operations = [migrations.RunPython(reprendre, rendre)]
