"""The QR code printed on each page of an act: which act, which page. A scanned page finds its place by it alone."""

import base64
import hashlib
import io
import re

import segno

PREFIXE = "DPID"
MOTIF = re.compile(rf"{PREFIXE}/(\d{{1,12}})/(\d{{1,4}})/([0-9A-F]{{8}})")
# Pages of an act that carry a code: the longest published act has twelve.
PAGES = 40


def _cle(acte_pk: int, reference: str) -> str:
    """A few digits of a hash: a code of another application, or a page mistyped, is not taken for one of ours."""
    return hashlib.sha256(f"{PREFIXE}:{acte_pk}:{reference}".encode()).hexdigest()[:8].upper()


def texte(acte_pk: int, reference: str, page: int) -> str:
    return f"{PREFIXE}/{acte_pk}/{page}/{_cle(acte_pk, reference)}"


def lire(contenu: str) -> tuple[int, int, str] | None:
    """`(act pk, page, check digits)` of a code, None when it is not one of ours."""
    lu = MOTIF.fullmatch(contenu.strip())
    return (int(lu[1]), int(lu[2]), lu[3]) if lu else None


def est_de(cle: str, acte_pk: int, reference: str) -> bool:
    return cle == _cle(acte_pk, reference)


def images(acte_pk: int, reference: str) -> list[dict]:
    """`[{"page": n, "source": data URI}]`, PNG: correction Q, so that a stained copy is still read.

    Any mask is read; trying the eight of them to keep the most even one would be a fifth of the time of the act.
    """
    codes = []
    for page in range(1, PAGES + 1):
        sortie = io.BytesIO()
        segno.make(texte(acte_pk, reference, page), error="q", micro=False, mask=0).save(
            sortie, kind="png", scale=6, border=2
        )
        source = base64.b64encode(sortie.getvalue()).decode()
        codes.append({"page": page, "source": f"data:image/png;base64,{source}"})
    return codes
