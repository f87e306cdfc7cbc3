"""Reading of the « annexe de répartition » that officers keep as a spreadsheet: a file in, a typed description out.

Pure Python on purpose: no Django, no database. What the file says is decided here; what it means for the database is
`rapprochement`'s and `application`'s affair. Entry point: `annexe.lire_annexe(contenu, nom)`.
"""
