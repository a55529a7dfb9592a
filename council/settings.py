"""One settings file, read from the environment; what makes no sense is refused aloud.

Every variable is listed in docs/operations.md. Without any, everything runs on one machine:
SQLite, no Redis, one web process and one relay.
"""

import ipaddress
import secrets
import sys
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

from council import logs

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
if (BASE_DIR / ".env").exists():
    env.read_env(BASE_DIR / ".env")

# pytest-django loads the settings before any conftest can set a variable, so pytest itself is the sign.
TESTING = env.bool("TESTING", "pytest" in sys.modules)
_DATA = BASE_DIR / "data"
if TESTING:  # database, files and keys of one test process; runs beside each other have names (scripts/run_tests.py)
    _DATA = _DATA / f"test-{env.str('TEST_RUN', '')}{env.str('PYTEST_XDIST_WORKER', 'main')}"
DATA_DIR = Path(env.str("DATA_DIR", str(_DATA)))
DATA_DIR.mkdir(parents=True, exist_ok=True)
DEBUG = env.bool("DEBUG", False)
DEMO = env.bool("DEMO", False)  # demonstration data may be loaded and one-tap sign-in offered


def _own_secret_key() -> str:
    """A key of this machine, made once and readable by its owner only."""
    path = DATA_DIR / "secret_key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(64))
    if path.stat().st_mode & 0o077:
        raise ImproperlyConfigured(f"{path} must be readable by its owner only (chmod 600).")
    return path.read_text().strip()


SECRET_KEY = env.str("SECRET_KEY", "") or _own_secret_key()
if len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("SECRET_KEY must have at least 50 characters.")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

# HTTPS: "on" behind TLS (LAN, proxy); "off" only for localhost, where the browser needs none.
HTTPS = env.bool("HTTPS", not (DEBUG or DEMO or TESTING))
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
if "*" in ALLOWED_HOSTS and not DEBUG:
    raise ImproperlyConfigured("ALLOWED_HOSTS=* is refused: name the hosts.")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
_address = DATA_DIR / "address"  # where `make run` serves this data folder
BASE_URL = env.str(
    "BASE_URL", _address.read_text().strip() if _address.exists() else "http://localhost:8000"
).rstrip("/")  # for links in mails and QR codes

INSTALLED_APPS = [
    "council",
    "documents",
    "voting",
    "sessions.apps.SessionsConfig",
    "voters",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "django_filters",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "django_structlog",
    "django_prometheus",
]

MIDDLEWARE = [
    "council.secure.ClientAddressMiddleware",
    "voting.secret.line.nameless_middleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "voting.secret.line.QuietRequestMiddleware",
    "council.accounts.middleware.AccountsMiddleware",
    "sessions.guests.GuestMiddleware",
    "council.middleware.CouncilMiddleware",
    "council.secure.SecureLineMiddleware",
    "council.middleware.NoStoreMiddleware",
    "council.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "council.urls"
WSGI_APPLICATION = "council.wsgi.application"
ASGI_APPLICATION = "council.asgi.application"

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
                "council.context.chrome",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "council.templatetags.house",
            ],
        },
    }
]

# --- The database is the only truth -----------------------------------------------------------
DATABASE_URL = env.str("DATABASE_URL", "")
if DATABASE_URL:
    DATABASES = {"default": env.db_url_config(DATABASE_URL)}
    if DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
        raise ImproperlyConfigured("DATABASE_URL must name a PostgreSQL database (postgres://…).")
    DATABASES["default"] |= {
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,  # what the pool kept over a restart of the database is not handed out
        "OPTIONS": {
            "pool": {"min_size": 1, "max_size": env.int("DB_POOL", 8), "timeout": 10},
            "options": "-c synchronous_commit=on",
        },
    }
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "nghi-truong.sqlite3",
            "OPTIONS": {
                "timeout": 10,
                "transaction_mode": "IMMEDIATE",
                # secure_delete: what is deleted is overwritten, so no free page tells of a ballot
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;",
            },
            "TEST": {"NAME": str(DATA_DIR / f"test-{env.str('PYTEST_XDIST_WORKER', 'main')}.sqlite3")},
        }
    }
# A database role of its own for the box of sealed ballots (docs/operations.md); the same database.
BALLOT_DATABASE_URL = env.str("BALLOT_DATABASE_URL", "")
if BALLOT_DATABASE_URL:
    if not DATABASE_URL:
        raise ImproperlyConfigured("BALLOT_DATABASE_URL without DATABASE_URL makes no sense: SQLite knows no roles.")
    _box = env.db_url_config(BALLOT_DATABASE_URL)
    if any(_box[part] != DATABASES["default"][part] for part in ("ENGINE", "NAME", "HOST", "PORT")):
        raise ImproperlyConfigured("BALLOT_DATABASE_URL must name the database of DATABASE_URL, with another role.")
    DATABASES["ballots"] = DATABASES["default"] | _box | {"TEST": {"MIRROR": "default"}}
    DATABASES["ballots"]["OPTIONS"] = DATABASES["default"]["OPTIONS"] | {
        "pool": {"min_size": 0, "max_size": 2, "timeout": 10}
    }
    DATABASE_ROUTERS = ["voting.secret.roles.OneSchema"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis only makes things sooner; it never holds a fact -------------------------------------
REDIS_URL = env.str("REDIS_URL", "")
if REDIS_URL and not REDIS_URL.startswith(("redis://", "rediss://", "unix://")):
    raise ImproperlyConfigured("REDIS_URL must start with redis://, rediss:// or unix://.")
if REDIS_URL and not DATABASE_URL:
    raise ImproperlyConfigured("REDIS_URL without DATABASE_URL makes no sense: set both or neither.")
if REDIS_URL:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL], "prefix": "nghi-truong"},
        }
    }
    CACHES = {"default": {"BACKEND": "council.cache.ForgivingRedisCache", "LOCATION": REDIS_URL}}
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "nghi-truong"}}

OUTBOX_LEASE_SECONDS = env.int("OUTBOX_LEASE_SECONDS", 60)
if not 1 <= OUTBOX_LEASE_SECONDS <= 3600:
    raise ImproperlyConfigured("OUTBOX_LEASE_SECONDS must lie between 1 and 3600.")

CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_TIME_LIMIT = 1200  # the longest child, a session joined into one file, ends by its own clock at 900
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True

# --- People ---------------------------------------------------------------------------------------
AUTH_USER_MODEL = "council.User"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if TESTING:  # the real hasher has its own test; the rest need not wait for it
    PASSWORD_HASHERS.insert(0, "django.contrib.auth.hashers.MD5PasswordHasher")
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "council:start"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "council.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "council.accounts.forms.SignInForm",
    "change_password": "council.accounts.forms.ChangePasswordForm",
    "reset_password": "council.accounts.forms.ForgottenPasswordForm",
    "reset_password_from_key": "council.accounts.forms.NewPasswordForm",
    "reauthenticate": "council.accounts.forms.ReauthenticateForm",
}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # nobody makes the house write to strangers
ACCOUNT_USER_DISPLAY = "council.accounts.adapter.display_name"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {
    "login": None,  # counted per address by the adapter, which knows the hall's own networks
    "login_failed": "5/5m/key",
    "reset_password": "20/m/ip,3/10m/key",
}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300  # seconds: role changes and exports ask for a proof as fresh as this
MFA_ADAPTER = "council.accounts.adapter.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "council.accounts.forms.CodeForm",
    "reauthenticate": "council.accounts.forms.CodeAgainForm",
    "activate_totp": "council.accounts.forms.ActivateTOTPForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_TOTP_ISSUER = "Nghị Trường"
MFA_TOTP_TOLERANCE = 1  # a phone's clock may be half a minute off
MFA_ALLOW_UNVERIFIED_EMAIL = True
# Addresses of the hall, "10.20.0.0/16,192.168.1.0/24": 130 tablets behind one address are no attack.
try:
    TRUSTED_NETWORKS = [ipaddress.ip_network(n) for n in env.list("TRUSTED_NETWORKS", default=[])]
except ValueError as fault:
    raise ImproperlyConfigured(f"TRUSTED_NETWORKS: {fault}.") from fault
if any(network.prefixlen == 0 for network in TRUSTED_NETWORKS):
    raise ImproperlyConfigured("TRUSTED_NETWORKS must not hold the whole internet.")
PASSWORD_RESET_TIMEOUT = 30 * 60

SESSION_COOKIE_AGE = 14 * 3600  # longer than a day of sittings
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
if HTTPS:
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = env.bool("SSL_REDIRECT", True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
BEHIND_PROXY = env.bool("BEHIND_PROXY", False)
if BEHIND_PROXY:  # only a proxy of ours sets this header, and strips a client's
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

_SELF = "'self'"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [_SELF],
        "script-src": [_SELF],
        "style-src": [_SELF],
        "img-src": [_SELF, "data:", "blob:"],
        "font-src": [_SELF],
        "connect-src": [_SELF],
        "worker-src": [_SELF, "blob:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": [_SELF],
        "frame-ancestors": ["'none'"],
    }
}

# --- API --------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.SessionAuthentication",
        "council.api.TokenAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["council.api.Denied"],  # a view that names none is closed
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "rest_framework.parsers.JSONParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "council.api.Pages",
    "PAGE_SIZE": 50,
    "EXCEPTION_HANDLER": "council.api.in_words",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Nghị Trường",
    "DESCRIPTION": "The same verbs as the screens, in JSON.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "PollState": "voting.models.Poll.State",
        "PollKind": "voting.models.Poll.Kind",
        "PollMethod": "voting.models.Poll.Method",
        "PollSecrecy": "voting.models.Poll.Secrecy",
        "SessionState": "sessions.models.CouncilSession.State",
        "SittingState": "sessions.models.Sitting.State",
        "ItemState": "sessions.models.AgendaItem.State",
        "VersionState": "documents.models.Version.State",
        "ResolutionState": "documents.models.Resolution.State",
        "SessionKind": "sessions.models.CouncilSession.Kind",
        "ItemKind": "sessions.models.AgendaItem.Kind",
        "ResolutionKind": "documents.models.Resolution.Kind",
        "DocumentKind": "documents.models.Document.Kind",
        "PetitionState": "voters.models.Petition.State",
        "OpenRule": "voting.rules.OPEN_RULES",
        "OpinionRule": "voting.opinions.rules.OPINION_RULES",
    },
    "SERVE_PERMISSIONS": ["council.api.IsStaff"],
}

# --- Words, time, files, mail --------------------------------------------------------------------
LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Ho_Chi_Minh"

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
MEDIA_ROOT = DATA_DIR / "files"
MEDIA_URL = "/khong-phuc-vu/"  # never served: every file goes through a view that asks who may read
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING or DEMO
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG or DEMO or TESTING
WHITENOISE_AUTOREFRESH = DEBUG or TESTING  # look a file up when asked, not all of them for every test client
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4000
MAX_PAPER_BYTES = env.int("MAX_PAPER_MB", 100) * 1024 * 1024
MAX_PAPER_PAGES = env.int("MAX_PAPER_PAGES", 2000)
MAX_DAY_BYTES = env.int("MAX_DAY_MB", 4096) * 1024 * 1024  # that one person brings within 24 hours
MAX_AGENCY_DAY_BYTES = env.int("MAX_AGENCY_DAY_MB", 1024) * 1024 * 1024  # that all people of an agency bring
CLAMD = env.str("CLAMD", "")  # a malware scanner that is asked about every file; where it is silent, none is taken
if CLAMD and not CLAMD.startswith(("tcp://", "unix://")):
    raise ImproperlyConfigured("CLAMD is tcp://host:3310 or unix:///path/of/clamd.ctl")
# Programs that make PDFs of office files and recognise text; empty: found on the path, where installed.
SOFFICE = env.str("SOFFICE", "")
TESSERACT = env.str("TESSERACT", "")

EMAIL_URL = env.str("EMAIL_URL", "")
if EMAIL_URL:
    vars().update(env.email_url_config(EMAIL_URL))
elif TESTING:
    EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
else:  # nothing leaves the machine: messages are files that the operator can look at
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = DATA_DIR / "mails"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Nghị Trường <khong-tra-loi@localhost>")

# --- Logs: who and what, never content ---------------------------------------------------------------
LOG_LEVEL = env.str("LOG_LEVEL", "WARNING")
logs.configure()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": logs.formatter}},
    "filters": {"not_of_ballots": {"()": "voting.secret.line.NotOfBallots"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["not_of_ballots"]}
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {"django_structlog": {"level": LOG_LEVEL}},
}
