"""One settings module for every environment, read from the process environment (`.env.example` lists every name)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from config import company_sign_in, database_url, embedded
from config.environment import Environment

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()

ENVIRONMENT = env.choice("ENVIRONMENT", ("local", "test", "production"), "local")
PRODUCTION = ENVIRONMENT == "production"
TESTING = ENVIRONMENT == "test"
DEBUG = env.flag("DEBUG", False)
if PRODUCTION and DEBUG:
    env.refuse("DEBUG must be off in production")

# --- Names that production must give; locally they have embedded or throw-away defaults --------------------------------
SECRET_KEY = env.text("SECRET_KEY", None if PRODUCTION else "local-only-" + "k" * 50)
DATABASE_URL = env.text("DATABASE_URL", None if PRODUCTION else embedded.postgres_url("app"))
DATABASE_OWNER_URL = env.text(
    "DATABASE_OWNER_URL", "" if env.values.get("DATABASE_URL") else embedded.postgres_url("owner")
)
REDIS_URL = env.text("REDIS_URL", None if PRODUCTION else embedded.redis_url())
BASE_URL = env.text("BASE_URL", None if PRODUCTION else f"http://localhost:{env.number('PORT', 8000)}").rstrip("/")
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", "" if PRODUCTION else "localhost,127.0.0.1,[::1],testserver")
if PRODUCTION and not ALLOWED_HOSTS:
    env.refuse("ALLOWED_HOSTS is missing")
METRICS_TOKEN = env.text("METRICS_TOKEN", "")
TRUSTED_PROXY = env.flag("TRUSTED_PROXY", False)
WEB_THREADS = env.number("WEB_THREADS", 4)
MAX_BODY_BYTES = env.number("MAX_BODY_BYTES", 110 * 1024 * 1024)
MAX_JSON_BYTES = env.number("MAX_JSON_BYTES", 2 * 1024 * 1024)
LOG_LEVEL = env.text("LOG_LEVEL", "INFO").upper()
LOG_FORMAT = env.choice("LOG_FORMAT", ("json", "console"), "json" if PRODUCTION else "console")
STATE_DIR = embedded.state_dir()

# --- Applications -----------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "config.apps.MillwrightConfig",
    "core",
    "tenancy",
    "media",
    "customfields",
    "assets",
    "labor",
    "inventory",
    "projects",
    "workorders",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "django.forms",
    "config.admin_site.MillwrightAdminConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "guardian",
    "django_htmx",
    "template_partials",
    "lucide",
    "storages",
]
if not PRODUCTION:
    INSTALLED_APPS.append("demo")

MIDDLEWARE = [
    "core.logs.RequestLogMiddleware",
    "core.unavailable.UnavailableMiddleware",
    "core.security.SecurityHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "tenancy.middleware.SessionAgeMiddleware",
    "tenancy.middleware.MemberMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "core.translation.DomainErrorMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.context_processors.shell",
            ],
        },
    }
]

# --- Database: `default` is the application's role, `owner` only migrates ----------------------------------------------
DATABASES: dict[str, dict[str, Any]] = {}
for alias, url in (("default", DATABASE_URL), ("owner", DATABASE_OWNER_URL)):
    if not url:
        continue
    try:
        DATABASES[alias] = database_url.parse(url)
    except ValueError as error:
        env.refuse(f"{'DATABASE_URL' if alias == 'default' else 'DATABASE_OWNER_URL'}: {error}")
if "default" in DATABASES:
    DATABASES["default"] |= {
        "ATOMIC_REQUESTS": True,
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"MIRROR": "owner"},
    }
    # jit=off: plans here are short and compiling them costs more than running them (docs/adr/0001).
    # A host that swallows packets must cost a request seconds, not the two minutes that TCP would wait.
    DATABASES["default"]["OPTIONS"].setdefault("connect_timeout", "5")
    DATABASES["default"]["OPTIONS"].setdefault(
        "options", "-c jit=off -c statement_timeout=30000 -c idle_in_transaction_session_timeout=60000"
    )
APP_DATABASE_ROLE = DATABASES.get("default", {}).get("USER", "")

# --- Cache, jobs ------------------------------------------------------------------------------------------------------
CACHES = {
    "default": {
        "BACKEND": "core.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "mw",
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1) if REDIS_URL.startswith("unix://") else REDIS_URL

# --- Who is calling ---------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "tenancy.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_FORMS = {
    "login": "tenancy.account_forms.LoginForm",
    "add_email": "tenancy.account_forms.AddEmailForm",
    "reset_password": "tenancy.account_forms.ResetPasswordForm",
}
ACCOUNT_ADAPTER = "tenancy.adapters.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "10/5m/ip,5/5m/key",
    "signup": "20/h/ip",
    "reset_password": "20/h/ip,5/h/key",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Millwright"
# A code typed at the end of its half minute arrives in the next one (RFC 6238 §5.2).
MFA_TOTP_TOLERANCE = 1
USERSESSIONS_TRACK_ACTIVITY = False
SOCIALACCOUNT_ADAPTER = "tenancy.adapters.SocialAccountAdapter"
# A link leads there: a form that ends at another site is what the content security policy forbids.
SOCIALACCOUNT_LOGIN_ON_GET = True
OIDC_SERVER_URL = env.text("OIDC_SERVER_URL", "")
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = (
    company_sign_in.providers(
        OIDC_SERVER_URL,
        env.text("OIDC_NAME", "Company sign-in"),
        env.text("OIDC_CLIENT_ID"),
        env.text("OIDC_CLIENT_SECRET"),
    )
    if OIDC_SERVER_URL
    else {}
)
# Row 35 of the reliability catalogue: idle for a shift, absolute at twelve hours.
SESSION_IDLE_SECONDS = env.number("SESSION_IDLE_SECONDS", 8 * 3600)
SESSION_ABSOLUTE_SECONDS = env.number("SESSION_ABSOLUTE_SECONDS", 12 * 3600)
SESSION_COOKIE_AGE = SESSION_ABSOLUTE_SECONDS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
if PRODUCTION:
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
CSRF_FAILURE_VIEW = "core.translation.csrf_failure"
CSRF_TRUSTED_ORIGINS = [BASE_URL] if BASE_URL else []

GUARDIAN_MONKEY_PATCH_USER = False
GUARDIAN_RAISE_403 = False
ANONYMOUS_USER_NAME = None
# Object exceptions are read by our own visible_to(), not by an authentication backend.
SILENCED_SYSTEM_CHECKS = ["guardian.W001"]

# --- Transport security -----------------------------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", True)
    SECURE_HSTS_SECONDS = env.number("SECURE_HSTS_SECONDS", 31536000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
    if TRUSTED_PROXY:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- API --------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "tenancy.authentication.KeyAuthentication",
        "tenancy.authentication.MemberSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["tenancy.authentication.IsMember"],
    "DEFAULT_RENDERER_CLASSES": ["core.api.renderers.JSONRenderer", "core.api.renderers.BrowsableRenderer"],
    "DEFAULT_PARSER_CLASSES": ["core.api.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "core.api.schema.Schema",
    "DEFAULT_THROTTLE_CLASSES": ["core.api.throttling.CallerThrottle"],
    "DEFAULT_THROTTLE_RATES": {"caller": env.text("API_RATE", "1200/min"), "anonymous": "60/min"},
    "EXCEPTION_HANDLER": "core.translation.api_exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Millwright API",
    "DESCRIPTION": "Work orders, assets, places and people of one maintenance organisation.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [],
}
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_JSON_BYTES
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# --- Files ------------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(STATE_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not PRODUCTION
# Locally a changed style sheet is served as it is now; production knows its files from the start.
WHITENOISE_AUTOREFRESH = ENVIRONMENT == "local"
MEDIA_ROOT = Path(env.text("MEDIA_ROOT", str(STATE_DIR / "media")))
S3_BUCKET = env.text("S3_BUCKET", "")
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(MEDIA_ROOT)}},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
if S3_BUCKET:
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "endpoint_url": env.text("S3_ENDPOINT_URL", "") or None,
            "region_name": env.text("S3_REGION", "") or None,
            "access_key": env.text("S3_ACCESS_KEY", "") or None,
            "secret_key": env.text("S3_SECRET_KEY", "") or None,
            "file_overwrite": False,
            "querystring_auth": True,
            "signature_version": "s3v4",
            "querystring_expire": 300,
            "default_acl": None,
        },
    }

# How much of each kind one file may hold; all of it must pass MAX_BODY_BYTES.
UPLOAD_BYTES = {
    "image": env.number("UPLOAD_IMAGE_BYTES", 25 * 1024 * 1024),
    "video": env.number("UPLOAD_VIDEO_BYTES", 100 * 1024 * 1024),
    "audio": env.number("UPLOAD_AUDIO_BYTES", 50 * 1024 * 1024),
    "document": env.number("UPLOAD_DOCUMENT_BYTES", 50 * 1024 * 1024),
    "other": env.number("UPLOAD_OTHER_BYTES", 50 * 1024 * 1024),
}
# Width times height of a picture; a larger one is refused before it is decoded.
UPLOAD_PIXELS = env.number("UPLOAD_PIXELS", 50_000_000)
# A virus scanner that speaks clamd's protocol (host:port or the path of a socket). While it is away, no file is taken.
CLAMD_ADDRESS = env.text("CLAMD_ADDRESS", "")

# --- Mail, language, time ---------------------------------------------------------------------------------------------
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Millwright <millwright@localhost>")
EMAIL_HOST = env.text("EMAIL_HOST", "")
EMAIL_PORT = env.number("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", False)
EMAIL_TIMEOUT = 10
if TESTING:
    EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
elif not EMAIL_HOST:
    # Without a mail server the mails lie in a folder, where a newcomer finds the invitation links.
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = STATE_DIR / "mail"
if PRODUCTION and not EMAIL_HOST:
    env.refuse("EMAIL_HOST is missing")
LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

LOGGING_CONFIG = None
env.finish()

from core import logs  # noqa: E402  (logging is set up once the names above are known)

logs.configure(level=LOG_LEVEL, style=LOG_FORMAT)
if "pytest" in sys.modules and not TESTING:
    raise SystemExit("Millwright's tests run with ENVIRONMENT=test.")
