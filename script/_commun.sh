# shellcheck shell=sh
# Shell functions shared by script/demo, script/test, script/check and script/bench.
# Sourced from the root of the repository, never run on its own. Messages are read by agents: French.

dire() { printf '%s\n' "$*"; }

titre() { printf '\n── %s\n' "$*"; }

erreur() {
    printf 'Erreur : %s\n' "$*" >&2
    exit 1
}

# --- Python ----------------------------------------------------------------------------------------------------

# Sets PYTHON to the first interpreter that is recent enough; `PYTHON=… script/demo` chooses another one.
choisir_python() {
    for candidat in ${PYTHON:+"$PYTHON"} python3 python3.11 python3.12 python3.13; do
        if "$candidat" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            PYTHON=$candidat
            return 0
        fi
    done
    erreur "Python 3.11 ou plus récent est introuvable. Sur Debian 12 : apt-get install -y python3 python3-venv"
}

# Installs a hash-locked file in .venv. pip runs only when the file changed since last time (stamp kept inside
# .venv, so that deleting the folder is always enough to start afresh).
preparer_venv() {
    fichier=$1
    if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        dire "Création de l’environnement Python (.venv)…"
        "$PYTHON" -m venv --clear .venv
    fi
    empreinte=$(sha256sum "$fichier" | cut -d ' ' -f 1)
    temoin=.venv/.$fichier.sha256
    if [ "$(cat "$temoin" 2>/dev/null)" != "$empreinte" ]; then
        dire "Installation des bibliothèques ($fichier)…"
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$fichier"
        printf '%s\n' "$empreinte" >"$temoin"
    fi
}

cle_aleatoire() { .venv/bin/python -c 'import secrets; print(secrets.token_urlsafe(50))'; }

# --- System packages -------------------------------------------------------------------------------------------

bibliotheque_presente() {
    "$PYTHON" -c 'import ctypes, sys; ctypes.CDLL(sys.argv[1])' "$1"
}

# Looks for what the package brings rather than for the package: a library or a browser installed by other means
# does just as well.
paquet_present() {
    case $1 in
        python3-venv) "$PYTHON" -c 'import ensurepip, venv' ;;
        libpango-1.0-0) bibliotheque_presente libpango-1.0.so.0 ;;
        libpangoft2-1.0-0) bibliotheque_presente libpangoft2-1.0.so.0 ;;
        libharfbuzz-subset0) bibliotheque_presente libharfbuzz-subset.so.0 ;;
        poppler-utils) command -v pdftotext ;;
        chromium) command -v "${CHROMIUM:-chromium}" ;;
        chromium-l10n) [ -e /usr/lib/chromium/locales/fr.pak ] || [ -n "${CHROMIUM:-}" ] ;;
        *) command -v "$1" ;;
    esac >/dev/null 2>&1
}

# Prints the packages that are missing among the arguments, separated by spaces.
paquets_manquants() {
    manquants=
    for paquet in "$@"; do
        paquet_present "$paquet" || manquants="$manquants $paquet"
    done
    printf '%s' "${manquants# }"
}

# Installs the missing packages, or prints the command to run and stops.
exiger_paquets() {
    manquants=$(paquets_manquants "$@")
    [ -n "$manquants" ] || return 0
    if ! command -v apt-get >/dev/null 2>&1; then
        erreur "il manque, sous leur nom Debian : $manquants. Installez leur équivalent avec l’outil de votre système."
    fi
    if [ "$(id -u)" -eq 0 ]; then
        privileges=
    elif command -v sudo >/dev/null 2>&1 && sudo -n true >/dev/null 2>&1; then
        privileges=sudo
    else
        dire "Il manque des paquets du système. Lancez cette commande en administrateur, puis recommencez :" >&2
        dire "  apt-get update && apt-get install -y --no-install-recommends $manquants" >&2
        exit 1
    fi
    dire "Installation des paquets du système : $manquants…"
    # Lists that are slightly out of date are often good enough: only the installation decides.
    $privileges apt-get update -qq >/dev/null ||
        dire "La liste des paquets n’a pas pu être rafraîchie, on continue." >&2
    # shellcheck disable=SC2086  # one word per package
    if ! $privileges env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends $manquants >/dev/null; then
        erreur "l’installation de « $manquants » a échoué."
    fi
    manquants=$(paquets_manquants "$@")
    [ -z "$manquants" ] || erreur "toujours introuvable après installation : $manquants."
}

# What WeasyPrint loads to lay out and subset text; python3-venv is separate from python3 on Debian.
# Further packages are given as arguments: all that is missing is then announced at once.
exiger_socle() {
    choisir_python
    exiger_paquets python3-venv libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 "$@"
}
