"""Floor of the annexe: one plain table given to WeasyPrint as anybody would, in a process that holds nothing else."""

import gc
import html
import time
from pathlib import Path

POLICES = Path(__file__).resolve().parents[2] / "static" / "fonts"
ENTETES = (
    ("OPÉRATION", 12), ("TERRITOIRE(S)", 12), ("STRUCTURE", 20), ("DESCRIPTION DE L’ACTION", 26),
    ("MONTANT RETENU", 11), ("AVENANT / CONVENTION", 19),
)  # fmt: skip
STYLE = f"""
@font-face {{ font-family: Dpid; src: url(file://{POLICES}/SourceSans3-Regular.woff2); }}
@font-face {{ font-family: Dpid; font-weight: 700; src: url(file://{POLICES}/SourceSans3-Bold.woff2); }}
@page {{ size: A4 landscape; margin: 17mm 12mm; @bottom-right {{ content: counter(page) "/" counter(pages); }} }}
body {{ font: 8.5pt/1.25 Dpid; }}
table {{ width: 100%; table-layout: fixed; border-spacing: 0; }}
td, th {{ box-sizing: border-box; padding: 1mm 1.4mm; border: .5pt solid #555; vertical-align: top; text-align: left; }}
"""


def page(lignes: list[list[str]]) -> str:
    """The bare page of these rows: same columns, same font, same cells, and nothing else."""
    tetes = "".join(f'<th style="width: {largeur}%">{titre}</th>' for titre, largeur in ENTETES)
    corps = "".join("<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in ligne) + "</tr>" for ligne in lignes)
    return (
        f'<!DOCTYPE html><html lang="fr"><head><title>Annexe</title><style>{STYLE}</style></head>'
        f"<body><table><thead><tr>{tetes}</tr></thead><tbody>{corps}</tbody></table></body></html>"
    )


def rendre(chemin: str) -> dict:
    """CPU seconds of one rendering of the file, WeasyPrint imported and warmed up as in a process that serves."""
    import weasyprint

    from script.mesures.outils import memoire_mio

    source = Path(chemin).read_text(encoding="utf-8")
    weasyprint.HTML(string=page([["a", "b", "c", "d", "e", "f"]])).write_pdf()
    gc.collect()
    debut = time.process_time()
    octets = weasyprint.HTML(string=source).write_pdf()
    return {"cpu": time.process_time() - debut, "memoire": memoire_mio(), "octets": len(octets)}


def rendre_avec_feuille(chemin: str) -> dict:
    """The same of a page that asks for our stylesheet, given to the library with nothing of ours around it."""
    import weasyprint

    from script.mesures.outils import memoire_mio

    source = Path(chemin).read_text(encoding="utf-8")
    feuille = (POLICES.parent / "documents" / "impression.css").read_text(encoding="utf-8")
    feuille = feuille.replace("statique:", f"file://{POLICES.parent}/")
    weasyprint.HTML(string="<p>a</p>").write_pdf(stylesheets=[weasyprint.CSS(string=feuille)])
    gc.collect()
    debut = time.process_time()
    polices = weasyprint.text.fonts.FontConfiguration()
    css = weasyprint.CSS(string=feuille, font_config=polices)
    document = weasyprint.HTML(string=source).render(stylesheets=[css], font_config=polices)
    octets = document.write_pdf()
    cpu = time.process_time() - debut
    return {"cpu": cpu, "memoire": memoire_mio(), "octets": len(octets), "pages": len(document.pages)}


def rendre_pages(dossier: str) -> dict:
    """CPU seconds of as many pages as the folder has, one after the other, the stylesheet and the fonts read once."""
    import weasyprint

    sources = [fichier.read_text(encoding="utf-8") for fichier in sorted(Path(dossier).glob("*.html"))]
    feuille = (POLICES.parent / "documents" / "impression.css").read_text(encoding="utf-8")
    polices = weasyprint.text.fonts.FontConfiguration()
    css = weasyprint.CSS(string=feuille.replace("statique:", f"file://{POLICES.parent}/"), font_config=polices)
    options = {"stylesheets": [css], "font_config": polices}
    weasyprint.HTML(string="<p>a</p>").write_pdf(**options)
    gc.collect()
    debut, pages = time.process_time(), 0
    for source in sources:
        document = weasyprint.HTML(string=source).render(**options)
        document.write_pdf()
        pages += len(document.pages)
    return {"cpu": time.process_time() - debut, "pages": pages}
