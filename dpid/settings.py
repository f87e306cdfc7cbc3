"""Settings of the project, read from the environment (and `.env` in development).

The embedded default is SQLite; production gives `DATABASE_URL=postgres://…` and `DEBUG=false`.
Outside development the application refuses to start on a missing or default key.
"""

import os
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
if (BASE_DIR / ".env").exists():
    env.read_env(BASE_DIR / ".env")

CLE_DE_DEVELOPPEMENT = "cle-de-developpement-a-ne-jamais-mettre-en-service"
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default=CLE_DE_DEVELOPPEMENT)
TESTS = env.bool("DPID_TESTS", default=False)
if SECRET_KEY == CLE_DE_DEVELOPPEMENT and not (DEBUG or TESTS):
    raise ImproperlyConfigured(
        "SECRET_KEY n’est pas définie : l’application ne démarre pas avec la clé de développement. "
        "Lancez script/demo, ou définissez SECRET_KEY dans l’environnement."
    )
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "conventions",
    "deliberations",
    "programmes",
    "budget",
    "dpid",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",  # templates of the widgets, for FORM_RENDERER
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "django_filters",
    "import_export",
    "simple_history",
    "django_tasks",
    "django_tasks_db",
    "axes",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "dpid.middleware.MethodesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "dpid.middleware.ActeurMiddleware",
    "dpid.middleware.SessionGlissanteMiddleware",
    "dpid.middleware.SansCacheMiddleware",
    "dpid.middleware.BaseIndisponibleMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "dpid.urls"
WSGI_APPLICATION = "dpid.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dpid.context_processors.coquille",
            ],
            "builtins": ["dpid.templatetags.francais"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Database: SQLite by default. IMMEDIATE transactions, WAL and a time-out are what makes it safe for several
# officers at once; dpid/checks.py asserts them.
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'var' / 'dpid.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Accounts
AUTH_USER_MODEL = "dpid.Agent"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "dpid.permissions.HabilitationsBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "connexion"
LOGIN_REDIRECT_URL = "accueil"
LOGOUT_REDIRECT_URL = "connexion"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.5
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "registration/verrouille.html"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False
AXES_ENABLE_ACCESS_FAILURE_LOG = True

SESSION_COOKIE_AGE = 30 * 60
SESSION_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "dpid.views.erreur_csrf"

# --- Language, numbers, time. Thousands are never added by Django itself (ids and years would get them): one filter,
# `euros`, formats every amount.
LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français")]
TIME_ZONE = "Europe/Paris"
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = False

# --- Static files: vendored, served by the application itself
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTS
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- Security. One strict policy on every response, admin and errors included.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
HTTPS = env.bool("HTTPS", default=not DEBUG and not TESTS)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
if HTTPS:
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# --- Libraries
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
CRISPY_FAIL_SILENTLY = False
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True
IMPORT_EXPORT_USE_TRANSACTIONS = True
IMPORT_EXPORT_SKIP_ADMIN_LOG = True
SIMPLE_HISTORY_REVERT_DISABLED = True
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "ENQUEUE_ON_COMMIT": True, "QUEUES": ["default"]}}

# --- The département
# Those that this process may use, where the system tells.
PROCESSEURS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
DPID = {
    "collectivite": env.str("DPID_COLLECTIVITE", default="Département du Pas-de-Calais"),
    "application": env.str("DPID_APPLICATION", default="Programmes d’inclusion durable"),
    "logo": env.str("DPID_LOGO", default="img/logo.svg"),
    "ville": env.str("DPID_VILLE", default="Arras"),
    "siege": env.str("DPID_SIEGE", default="Hôtel du Département, rue Ferdinand Buisson, 62018 Arras Cedex 9"),
    "siret": env.str("DPID_SIRET", default="22620001200012"),
    # Order in which a rapport collects its visas; « finances » is the one that reserves the credits.
    "circuit_visas": env.list("DPID_CIRCUIT_VISAS", default=["chef_service", "direction", "finances"]),
    # « Disponible » of a rapport deducts what the other rapports in preparation have reserved.
    "disponible_deduit_reserve": env.bool("DPID_DISPONIBLE_DEDUIT_RESERVE", default=True),
    # What the transmission of an act to the préfecture bears; the lists of codes are the préfecture's.
    "actes": {
        "departement": env.str("DPID_ACTES_DEPARTEMENT", default="062"),
        "siren": env.str("DPID_ACTES_SIREN", default="226200012"),
        "matiere": env.str("DPID_ACTES_MATIERE", default="7.5"),
        "matiere_libelle": env.str("DPID_ACTES_MATIERE_LIBELLE", default="Finances locales, subventions"),
        "type_acte": env.str("DPID_ACTES_TYPE_ACTE", default="99_DE"),
        "type_annexe": env.str("DPID_ACTES_TYPE_ANNEXE", default="99_DE"),
    },
    # Calendar days left to a structure to send back the act that it signs, then to the Département to sign it: a rule
    # of the service, no text fixes it.
    "delai_de_signature": env.int("DPID_DELAI_DE_SIGNATURE", default=30),
    # Processes in which one worker renders the documents of a batch; 1: its own.
    "ateliers": env.int("DPID_ATELIERS", default=PROCESSEURS),
    # Above this number of lines a document is made by the worker, with progress, instead of inside the request.
    "lignes_en_tache_de_fond": env.int("DPID_LIGNES_EN_TACHE_DE_FOND", default=300),
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
    # Fontconfig and WeasyPrint warn about every unknown CSS property: only errors matter in production.
    "loggers": {"weasyprint": {"level": "ERROR"}, "fontTools": {"level": "ERROR"}, "axes": {"level": "ERROR"}},
}
