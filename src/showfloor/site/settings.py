"""Django's settings, made from ours (`kernel.settings`)."""

import secrets
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from showfloor.kernel import postgres
from showfloor.kernel import settings as kernel_settings

SHOWFLOOR = kernel_settings.from_process()
SHOWFLOOR.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
# Also a folder of an earlier version, whose files others could read.
with suppress(PermissionError):
    SHOWFLOOR.data_dir.chmod(0o700)


def _secret() -> str:
    """Return the configured key, or one that is made once and kept in the data folder."""
    if SHOWFLOOR.secret_key:
        return SHOWFLOOR.secret_key
    path = SHOWFLOOR.data_dir / "secret_key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48), "ascii")
    return path.read_text("ascii").strip()


def _database(url: str) -> dict[str, Any]:
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": SHOWFLOOR.data_dir / "showfloor.sqlite3",
            # To open one takes 2.8 ms of CPU, the schema alone has 400 parts to read.
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                " PRAGMA cache_size=-8000; PRAGMA temp_store=MEMORY;",
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        # Never the address itself: it has the password in it.
        raise kernel_settings.SettingError(
            f"DATABASE_URL: must begin with postgresql:// (it begins with {parts.scheme!r})"
        )
    try:
        port = parts.port
    except ValueError:  # its text quotes a part of the address
        raise kernel_settings.SettingError(
            "DATABASE_URL: the port is no number; write / # ? in a password as %2F %23 %3F"
        ) from None
    pairs = (pair.partition("=") for pair in parts.query.split("&") if "=" in pair)
    options = {name: unquote(value) for name, _, value in pairs}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.removeprefix("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or parts.hostname or "",
        "PORT": str(port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        # Statements are prepared from their third time on: the command path has the same few dozen,
        # and PostgreSQL parsed and planned each of them anew.
        "OPTIONS": {
            # Its default is a disk's, and makes it read whole tables to find a hundred rows.
            **postgres.connection(options, random_page_cost="1.1"),
            "server_side_binding": True,
            "prepare_threshold": 3,
        },
    }


def _mailer(url: str) -> dict[str, Any]:
    if not url:
        return {
            "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "OPTIONS": {"file_path": SHOWFLOOR.data_dir / "mail"},
        }
    parts = urlsplit(url)
    ports = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
    if parts.scheme not in ports or not parts.hostname:
        raise kernel_settings.SettingError(
            "EMAIL_URL: must look like smtp://user:password@host:587"
        )
    return {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": parts.hostname,
            "port": parts.port or ports[parts.scheme],
            "username": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "use_tls": parts.scheme == "smtp",
            "use_ssl": parts.scheme == "smtps",
            "timeout": 10,
        },
    }


SECRET_KEY = _secret()
SECRET_KEY_FALLBACKS = [SHOWFLOOR.secret_key_previous] if SHOWFLOOR.secret_key_previous else []
DEBUG = SHOWFLOOR.debug
ALLOWED_HOSTS = list(SHOWFLOOR.allowed_hosts)
CSRF_TRUSTED_ORIGINS = [SHOWFLOOR.site_url]
CSRF_FAILURE_VIEW = "showfloor.site.problems.csrf_failed"

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "showfloor.site.apps.BackOfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "showfloor.accounts",
    "showfloor.outbox",
    "showfloor.legal",
    "showfloor.timeline",
    "showfloor.media",
    "showfloor.catalogue",
    "showfloor.pricing",
    "showfloor.stock",
    "showfloor.shows",
    "showfloor.replays",
    "showfloor.community",
    "showfloor.auctions",
    "showfloor.captions",
    "showfloor.comment_buying",
    "showfloor.deals",
    "showfloor.restreams",
    "showfloor.playouts",
    "showfloor.rehearsals",
    "showfloor.stage",
    "showfloor.checkout",
    "showfloor.giveaways",
    "showfloor.activations",
    "showfloor.waitlists",
    "showfloor.fulfilment",
    "showfloor.fulfilment.documents",
    "showfloor.fulfilment.daily_close",
    "showfloor.site",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "showfloor.site.policy.BackOfficePolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "showfloor.site.market.MarketMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "showfloor.site.language.BrandLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "showfloor.site.time_zone.BackOfficeTimeZoneMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "showfloor.accounts.middleware.GuestCookieMiddleware",
    "showfloor.site.problems.ProblemPagesMiddleware",
]

ROOT_URLCONF = "showfloor.site.urls"
WSGI_APPLICATION = "showfloor.site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "showfloor.site.context.site",
            ],
        },
    }
]

DATABASES = {"default": _database(SHOWFLOOR.database_url)}
# The guards of a log-in must outlive a full cache and count for all processes.
CACHES = {"default": {"BACKEND": "showfloor.accounts.rate_counters.RateCounters"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MAILERS = {"default": _mailer(SHOWFLOOR.email_url)}
DEFAULT_FROM_EMAIL = SHOWFLOOR.email_from or f"shows@{urlsplit(SHOWFLOOR.site_url).hostname}"

# --- people
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_FORMS = {
    "login": "showfloor.accounts.forms.LoginForm",
    "request_login_code": "showfloor.accounts.forms.RequestLoginCodeForm",
    "reset_password": "showfloor.accounts.forms.ResetPasswordForm",
    "signup": "showfloor.accounts.forms.SignupForm",
}
ACCOUNT_ADAPTER = "showfloor.accounts.allauth_adapter.AccountAdapter"
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
MFA_ADAPTER = "showfloor.accounts.mfa_adapter.MFAAdapter"
MFA_FORMS = {"add_webauthn": "showfloor.accounts.forms.AddPasskeyForm"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1  # clocks of phones; one step of 30 s
# Browsers give passkeys to https:// and to http://localhost only.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SHOWFLOOR.site_url.startswith("https://")
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/console/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14

# --- security
_HTTPS = SHOWFLOOR.site_url.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# A browser that came by TLS once comes by nothing else for a year. The brand's other host names
# below the same domain are its own affair, so subdomains are not included.
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _HTTPS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SHOWFLOOR.trusted_proxies else None
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:", "blob:"],
    "media-src": [CSP.SELF, "blob:", *SHOWFLOOR.edge_urls],
    "worker-src": [CSP.SELF, "blob:"],
    "connect-src": [CSP.SELF, *SHOWFLOOR.edge_urls],
    "font-src": [CSP.SELF],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
    "form-action": [CSP.SELF],
}

# --- language, time, files
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German"))]
LOCALE_PATHS = [Path(__file__).parent / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"  # of what is stored; pages and mails speak the brand's zone
FORMAT_MODULE_PATH = "showfloor.site.formats"
STATIC_URL = "/static/"
STATICFILES_DIRS = [Path(__file__).parent / "static"]
FRONT_END_MANIFEST = Path(__file__).parent / "static" / "dist" / "manifest.json"
# Straight from the folders of the build and of the apps: no collect step, nothing to forget.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MAX_AGE = 3600
# Vite puts a hash of the content into the names of what it builds.
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/dist/.+-[A-Za-z0-9_-]{8}\.\w+$"
MEDIA_URL = "/uploads/"
MEDIA_ROOT = SHOWFLOOR.data_dir / "uploads"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"once": {"()": "showfloor.site.logs.OneTracebackAMinute"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["once"],
            "stream": sys.stderr,
        }
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {"django.request": {"level": "ERROR"}},
}

UNFOLD = {
    "SITE_TITLE": "Showfloor",
    "SITE_HEADER": "Showfloor",
    "SITE_SUBHEADER": _("Back office"),
    "SITE_URL": "/",
    "ENVIRONMENT": "showfloor.site.backoffice.environment",
    "DASHBOARD_CALLBACK": "showfloor.site.dashboard.callback",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SIDEBAR": {"navigation": "showfloor.site.backoffice.navigation", "show_search": True},
    "COLORS": {
        "primary": {  # the default accent, from pale to deep
            "50": "oklch(97.5% .012 20)",
            "100": "oklch(94.5% .026 20)",
            "200": "oklch(89% .05 20)",
            "300": "oklch(80% .09 20)",
            "400": "oklch(68% .12 20)",
            "500": "oklch(56% .13 20)",
            "600": "oklch(46.5% .125 20)",
            "700": "oklch(40% .11 20)",
            "800": "oklch(34% .09 20)",
            "900": "oklch(29% .07 20)",
            "950": "oklch(21% .05 20)",
        },
    },
}
