"""All settings, from the environment. docs/settings.md documents each variable; a test compares the two."""

from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from medbridge.config.environment import BASE, flag, integer, load_running_stack, names, text

load_running_stack()

DEVELOPMENT = text("MEDBRIDGE_MODE", "production") == "development"
DEBUG = False
SECRET_KEY = text("SECRET_KEY", "development-only-not-a-secret" if DEVELOPMENT else "")
ALLOWED_HOSTS = names("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1],testserver" if DEVELOPMENT else "")
CSRF_TRUSTED_ORIGINS = names("CSRF_TRUSTED_ORIGINS")
STATE_DIR = Path(text("STATE_DIR", str(BASE / "var")))
CORS_ORIGINS = names("CORS_ORIGINS", "*" if DEVELOPMENT else "")
PUBLIC_URL = text("PUBLIC_URL", "http://127.0.0.1:8000")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "medbridge",
    "medbridge.accounts",
    "medbridge.inbox",
    "medbridge.records",
    "medbridge.identity",
    "medbridge.consent",
    "medbridge.audit",
    "medbridge.evidence",
    "medbridge.packages",
    "medbridge.desk",
    "anchoring",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "medbridge.api.express.Express",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "medbridge.config.urls"
WSGI_APPLICATION = "medbridge.config.wsgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ]
        },
    }
]


STATEMENT_TIMEOUT_MS = integer("STATEMENT_TIMEOUT_MS", 30_000)


# Our statements take milliseconds: to compile one or to start processes for it costs more than it ever saves, and a
# wrong estimate is enough for either. Reads are from memory or a disk without arms (PostgreSQL's 4.0 is for one with).
_SESSION = "-c jit=off -c max_parallel_workers_per_gather=0 -c random_page_cost=1.1"


def database(url: str) -> dict[str, object]:
    """postgresql://user:password@host:port/name?host=/socket/dir -> Django's form."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    socket = query.pop("host", "")
    session = f"{_SESSION} {query.pop('options', '')}".strip()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/") or "medbridge",
        "USER": unquote(parts.username or "postgres"),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or socket,
        "PORT": str(parts.port or query.pop("port", "")),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": False,
        # Prepared statements: planning the consent predicate costs more than running it.
        "OPTIONS": {
            "server_side_binding": True,
            "prepare_threshold": 5,
            "options": session,
            **query,
        },
    }


DATABASES = {"default": database(text("DATABASE_URL", "postgresql://postgres@localhost:5432/medbridge"))}
# The second wall (docs/adr/0011): web processes read records as this role.
READER_ROLE = text("READER_ROLE", "medbridge_reader")
READER_USER = text("READER_USER", "")
READER_PASSWORD = text("READER_PASSWORD", "")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = text("REDIS_URL", "redis://127.0.0.1:6379/0")
CELERY_BROKER_URL = REDIS_URL
SEAL_INTERVAL_SECONDS = integer("SEAL_INTERVAL_SECONDS", 5 if DEVELOPMENT else 600)
PUBLISH_INTERVAL_SECONDS = integer("PUBLISH_INTERVAL_SECONDS", 5 if DEVELOPMENT else 600)

AUTH_USER_MODEL = "accounts.Account"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/desk/sign-in"
LOGIN_REDIRECT_URL = "/desk/"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = flag("HTTPS", not DEVELOPMENT)
SECURE_SSL_REDIRECT = False
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if flag("BEHIND_PROXY", False) else None
SECURE_HSTS_SECONDS = integer("HSTS_SECONDS", 0 if DEVELOPMENT else 31_536_000)
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = text("TIME_ZONE", "UTC")
LOCALE_PATHS = [BASE / "medbridge" / "desk" / "locale"]
STATIC_URL = "/static/"
STATIC_ROOT = Path(text("STATIC_ROOT", str(BASE / "staticfiles")))
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEVELOPMENT

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["medbridge.api.authentication.BearerToken"],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
}

# Limits. Each is there so that one request cannot take the machine; docs/settings.md gives the reason of each value.
BODY_LIMIT_BYTES = integer("BODY_LIMIT_BYTES", 64 * 2**20)
DATA_UPLOAD_MAX_MEMORY_SIZE = BODY_LIMIT_BYTES
BODY_HELD_BYTES = integer("BODY_HELD_BYTES", 256 * 2**20)
BODY_WAITING_LIMIT = integer("BODY_WAITING_LIMIT", 1000)
BODY_GRACE_SECONDS = integer("BODY_GRACE_SECONDS", 10)
BODY_BYTES_PER_SECOND = integer("BODY_BYTES_PER_SECOND", 4096)
URL_LIMIT_BYTES = integer("URL_LIMIT_BYTES", 16_384)
COMPRESS_MIN_BYTES = integer("COMPRESS_MIN_BYTES", 4096)
JSON_DEPTH_LIMIT = integer("JSON_DEPTH_LIMIT", 64)
JSON_LIST_LIMIT = integer("JSON_LIST_LIMIT", 10_000)
BUNDLE_ENTRY_LIMIT = integer("BUNDLE_ENTRY_LIMIT", 10_000)
BUNDLE_TIMEOUT_MS = integer("BUNDLE_TIMEOUT_MS", 300_000)
SEARCH_COUNT_DEFAULT = integer("SEARCH_COUNT_DEFAULT", 20)
SEARCH_COUNT_LIMIT = integer("SEARCH_COUNT_LIMIT", 1000)
SEARCH_OR_LIMIT = integer("SEARCH_OR_LIMIT", 100)
SEARCH_CHAIN_LIMIT = integer("SEARCH_CHAIN_LIMIT", 4)
SEARCH_CONDITION_LIMIT = integer("SEARCH_CONDITION_LIMIT", 100)
SEARCH_TERM_LIMIT = integer("SEARCH_TERM_LIMIT", 10_000)
PACKAGE_LIMIT_BYTES = integer("PACKAGE_LIMIT_BYTES", 512 * 2**20)
PACKAGE_MEMBER_LIMIT_BYTES = integer("PACKAGE_MEMBER_LIMIT_BYTES", 64 * 2**20)
PACKAGE_FILE_LIMIT = integer("PACKAGE_FILE_LIMIT", 50_000)
SEARCH_INCLUDE_LIMIT = integer("SEARCH_INCLUDE_LIMIT", 1000)
SEARCH_ITERATE_LIMIT = integer("SEARCH_ITERATE_LIMIT", 5)
REINDEX_BATCH = integer("REINDEX_BATCH", 200)
REINDEX_INTERVAL_SECONDS = integer("REINDEX_INTERVAL_SECONDS", 2 if DEVELOPMENT else 10)
EXPLAIN_ROWS_LIMIT = integer("EXPLAIN_ROWS_LIMIT", 20_000)
DISCLOSURES_LIMIT = integer("DISCLOSURES_LIMIT", 2000)
TOKEN_SECONDS = integer("TOKEN_SECONDS", 3600)
# A sender that got no answer repeats within a day; later, equal bytes are a new message.
PUSH_REPEAT_SECONDS = integer("PUSH_REPEAT_SECONDS", 86_400)

# Policy
CUSTODIAN_RULE = flag("CUSTODIAN_RULE", True)
PROFILES_ON_WRITE = flag("PROFILES_ON_WRITE", False)
EMERGENCY_GROUP = text("EMERGENCY_GROUP", "btg")
GLASS_SECONDS = integer("GLASS_SECONDS", 1800)
GLASS_LIMIT_ACCOUNT = integer("GLASS_LIMIT_ACCOUNT", 10)
GLASS_LIMIT_HOSPITAL = integer("GLASS_LIMIT_HOSPITAL", 100)
LABEL_TABLE = text("LABEL_TABLE", "")
MAPPING_PACKS = text("MAPPING_PACKS", "")
MLLP_LISTENERS = names("MLLP_LISTENERS")
MLLP_FRAME_LIMIT_BYTES = integer("MLLP_FRAME_LIMIT_BYTES", 16 * 2**20)
MLLP_IDLE_SECONDS = integer("MLLP_IDLE_SECONDS", 300)
MLLP_CONNECTIONS = integer("MLLP_CONNECTIONS", 256)
MLLP_PIPELINED = integer("MLLP_PIPELINED", 64)
MLLP_WAITING = integer("MLLP_WAITING", 1024)
MLLP_UNHURRIED = integer("MLLP_UNHURRIED", 50)
MLLP_TLS_CERTIFICATE = text("MLLP_TLS_CERTIFICATE_PATH", "")
MLLP_TLS_KEY = text("MLLP_TLS_KEY_PATH", "")
MLLP_TLS_CLIENTS = text("MLLP_TLS_CLIENTS_PATH", "")

# Anchoring
LOG_ORIGIN = text("LOG_ORIGIN", "medbridge.example/log")
LOG_KEY_FILE = Path(text("LOG_KEY_PATH", str(STATE_DIR / "keys" / "log.pem")))
LOG_NEXT_KEY_FILE = text("LOG_NEXT_KEY_PATH", "")
LOG_OLD_VKEYS = names("LOG_OLD_VKEYS")
LOG_WITNESSES = names("LOG_WITNESSES")
ANCHOR_CHAINS = names("ANCHOR_CHAINS", "local")
LOCAL_CHAIN_DIR = Path(text("LOCAL_CHAIN_DIR", str(STATE_DIR / "chain")))
PROMISE_SECONDS = integer("PROMISE_SECONDS", 86_400)
ANCHOR_INTERVAL_SECONDS = integer("ANCHOR_INTERVAL_SECONDS", 3600)
ANCHOR_LATE_SECONDS = integer("ANCHOR_LATE_SECONDS", 21_600)
ANCHOR_REPLACE_SECONDS = integer("ANCHOR_REPLACE_SECONDS", 3600)
BITCOIN_URL = text("BITCOIN_URL", "http://127.0.0.1:8332")
BITCOIN_NETWORK = text("BITCOIN_NETWORK", "bitcoin")
BITCOIN_KEY_FILE = Path(text("BITCOIN_KEY_PATH", str(STATE_DIR / "keys" / "bitcoin")))
BITCOIN_MAX_FEE = integer("BITCOIN_MAX_FEE", 50_000)
BITCOIN_FEE_RATE = integer("BITCOIN_FEE_RATE", 2)
ETHEREUM_URL = text("ETHEREUM_URL", "http://127.0.0.1:8545")
ETHEREUM_NETWORK = text("ETHEREUM_NETWORK", "ethereum")
ETHEREUM_KEY_FILE = Path(text("ETHEREUM_KEY_PATH", str(STATE_DIR / "keys" / "ethereum")))
ETHEREUM_MAX_FEE = integer("ETHEREUM_MAX_FEE", 3_000_000)
ETHEREUM_CONTRACT = text("ETHEREUM_CONTRACT", "")
OPENTIMESTAMPS_CALENDARS = names(
    "OPENTIMESTAMPS_CALENDARS", "https://a.pool.opentimestamps.org,https://b.pool.opentimestamps.org"
)
OPENTIMESTAMPS_HEADERS = text("OPENTIMESTAMPS_HEADERS", "")
OPENTIMESTAMPS_NETWORK = text("OPENTIMESTAMPS_NETWORK", "bitcoin")
