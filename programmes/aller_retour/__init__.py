"""Work offline: the instruction table as a workbook, then its changed cells, approved once.

    classeur.ecrire(lignes, …)  → XLSX: one row per line of a dossier, cells to edit unlocked, and a hidden sheet of
                                  what was exported, each row signed
    lecture.lire(bytes, …)      → Reprise: cells that the officer changed, with three values (exported, now, in the
                                  file), and what is refused, by sheet, row and column
    reprise.appliquer(…)        → one transaction, or nothing

No state is kept on the server. The comparison needs what was exported, which travels in the file: its signature says
whether it can be trusted. A row whose base was touched is not refused, its differences are all shown as conflicts; and
whatever the file says, a cell is written through the same rights, states and validators as the form of the page.
"""
