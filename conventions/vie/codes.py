"""The QR code printed on each page of the text sent to signature: which act, which page, which text.

A scanned page finds its place by it alone. A draft bears none, and the page of another text is not taken.
"""

import base64
import hashlib
import io
import json
import re

import segno
from django.core.serializers.json import DjangoJSONEncoder

PREFIXE = "DPID"
MOTIF = re.compile(rf"{PREFIXE}/(\d{{1,12}})/(\d{{1,4}})/([0-9A-F]{{4}})/([0-9A-F]{{8}})")
# Pages of an act that carry a code: the longest published act has twelve.
PAGES = 40


def _hacher(texte: str, chiffres: int) -> str:
    return hashlib.sha256(texte.encode()).hexdigest()[:chiffres].upper()


def _cle(acte_pk: int, reference: str) -> str:
    """A few digits of a hash: a code of another application, or a page mistyped, is not taken for one of ours."""
    return _hacher(f"{PREFIXE}:{acte_pk}:{reference}", 4)


def empreinte(contexte: dict) -> str:
    """The start of the SHA-256 of what the text says, the same before it is kept and once it is read again.

    Not that of its PDF: the PDF bears the code.
    """
    garde = json.loads(json.dumps(contexte, cls=DjangoJSONEncoder))
    return _hacher(json.dumps(garde, sort_keys=True, ensure_ascii=False), 8)


def texte(acte_pk: int, reference: str, page: int, empreinte: str) -> str:
    """29 characters at most for a usual act: beyond, the code has more squares, each smaller for the copier."""
    return f"{PREFIXE}/{acte_pk}/{page}/{_cle(acte_pk, reference)}/{empreinte}"


def lire(contenu: str) -> tuple[int, int, str, str] | None:
    """`(act pk, page, check digits, hash of the text)` of a code, None when it is not one of ours."""
    lu = MOTIF.fullmatch(contenu.strip())
    return (int(lu[1]), int(lu[2]), lu[3], lu[4]) if lu else None


def est_de(cle: str, acte_pk: int, reference: str) -> bool:
    return cle == _cle(acte_pk, reference)


def images(contexte: dict) -> list[dict]:
    """`[{"page": n, "source": data URI}]`, PNG: correction Q, so that a stained copy is still read.

    Any mask is read; trying the eight of them to keep the most even one would be a fifth of the time of the act.
    """
    codes, du_texte = [], empreinte(contexte)
    for page in range(1, PAGES + 1):
        sortie = io.BytesIO()
        segno.make(texte(contexte["acte"], contexte["reference"], page, du_texte), error="q", micro=False, mask=0).save(
            sortie, kind="png", scale=6, border=2
        )
        source = base64.b64encode(sortie.getvalue()).decode()
        codes.append({"page": page, "source": f"data:image/png;base64,{source}"})
    return codes
