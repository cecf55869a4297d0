"""The deployment's settings, read from environment variables once, at start.

Every variable is a row of `VARIABLES`; `docs/reference/settings.md` and `jiaoheng check` are written from the same table.
"""

import gc
import os
import re
import secrets
import zoneinfo
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True)
class Variable:
    """One environment variable: its name, what stands when it is not set, and what it does."""

    name: str
    default: str
    meaning: str


VARIABLES = (
    Variable("JIAOHENG_DATA", "var", "Data folder: database, secret key, received workbooks, snapshots, papers."),
    Variable(
        "DATABASE_URL", "sqlite:///<data>/jiaoheng.sqlite3", "Where the registers are: SQLite, or postgresql://user:password@host/name."
    ),
    Variable(
        "JIAOHENG_SECRET_KEY",
        "<data>/secret.key",
        "Key that signs sessions. Not set: made on the first run and kept in this file (mode 600).",
    ),
    Variable(
        "JIAOHENG_FIELD_KEYS",
        "<data>/field.key",
        "Keys that seal sensitive fields, newest first, separated by commas. Not set: made on first use and kept in this file (mode 600).",
    ),
    Variable(
        "JIAOHENG_CIPHER", "aes", "Cipher that seals sensitive fields: aes (AES-256-GCM) or sm4 (SM4-GCM). Both open what either sealed."
    ),
    Variable(
        "JIAOHENG_RULEBOOK",
        "<data>/rulebook",
        "Folder of the bureau's own rulebook, laid over the one that is shipped. Not set: this one, made when it is first written to.",
    ),
    Variable("JIAOHENG_LANGUAGE", "zh-hans", "Language of pages and papers until a reader chooses: zh-hans or en."),
    Variable("JIAOHENG_TIME_ZONE", "Asia/Shanghai", "Time zone of every shown time and every deadline."),
    Variable("JIAOHENG_HOSTS", "127.0.0.1,localhost,[::1]", "Host names that the site answers to, separated by commas."),
    Variable("JIAOHENG_HTTPS", "0", "1 when the site stands behind HTTPS: cookies are then sent over HTTPS only."),
    Variable(
        "JIAOHENG_MAIL", "", "Mail server for reminders: smtp://user:password@host:587, or smtps://… Not set: mails are printed, not sent."
    ),
    Variable("JIAOHENG_MAIL_FROM", "jiaoheng@localhost", "Sender of mails."),
    Variable(
        "JIAOHENG_ROBOT_HOSTS",
        "oapi.dingtalk.com,qyapi.weixin.qq.com",
        "Hosts that group chats' robots may be at, separated by commas, host:port where the port matters. Nothing is sent elsewhere.",
    ),
    Variable("JIAOHENG_ENGINE", "duckdb", "Who reads the rows that measures are computed from: duckdb (this machine) or spark."),
    Variable("JIAOHENG_SPARK_MASTER", "local[*]", "With spark: the cluster's address, such as spark://host:7077."),
    Variable("JIAOHENG_MEMORY", "60%", "Memory that the computing of measures may take, such as 8GB; what does not fit is spilled."),
    Variable("JIAOHENG_SPILL", "", "Folder for what does not fit. Not set: the system's folder for temporary files. Emptied afterwards."),
    Variable("JIAOHENG_DEBUG", "0", "1 shows errors in full. Never on a machine that others can reach."),
)
_DEFAULTS = {variable.name: variable.default for variable in VARIABLES}


def _setting(name: str) -> str:
    return os.environ.get(name) or _DEFAULTS[name]


def _secret_key(data: Path) -> str:
    """The deployment's key: from the environment, or from the file that the first run makes, readable by its owner only."""
    given = os.environ.get("JIAOHENG_SECRET_KEY")
    if given:
        return given
    kept = data / "secret.key"
    try:
        return kept.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        data.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # another process was first
        return kept.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        key = secrets.token_urlsafe(48)
        file.write(key + "\n")
    return key


def _kept_secret_key(data: Path) -> str:
    try:
        return _secret_key(data)
    except OSError as error:
        raise ImproperlyConfigured(
            f"The data folder {data} cannot be used: {error.strerror}. Set JIAOHENG_DATA to a folder that this user owns."
        ) from None


def _database(url: str) -> Any:
    scheme = url.partition(":")[0]
    if scheme not in ("sqlite", "postgresql", "postgres"):
        raise ImproperlyConfigured("DATABASE_URL must begin with sqlite:// or postgresql://, such as postgresql://user:password@host/name.")
    try:
        # A connection is kept for the thread's next request: making one costs more than most pages do.
        return dj_database_url.parse(url, conn_max_age=600, conn_health_checks=True)
    except ValueError as error:
        raise ImproperlyConfigured(f"DATABASE_URL cannot be read: {error}. Write it like postgresql://user:password@host/name.") from None


def _rulebook(data: Path) -> Path:
    folder = os.environ.get("JIAOHENG_RULEBOOK")
    if not folder:
        return data / "rulebook"
    overlay = Path(folder).expanduser().resolve()
    if not overlay.is_dir():  # the bureau's own policy would silently not hold
        raise ImproperlyConfigured(f"JIAOHENG_RULEBOOK names {overlay}, which is not a folder.")
    return overlay


def _one_of(name: str, known: set[str], examples: str) -> str:
    value = _setting(name)
    if value not in known:
        raise ImproperlyConfigured(f"{name} is «{value}», which is not known. Set it to {examples}.")
    return value


def _check_size(name: str) -> None:
    written = _setting(name)
    if not re.fullmatch(r"\d+(\.\d+)?\s*(%|[KMGT]i?B)", written):
        raise ImproperlyConfigured(f"{name} is «{written}», which is not a size. Write it like 8GB, or like 60% of the machine's memory.")


def _mail(url: str) -> dict[str, Any]:
    """Django's mail settings from one address; without one, mails are printed on the console."""
    if not url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ImproperlyConfigured("JIAOHENG_MAIL must begin with smtp:// or smtps://, such as smtp://user:password@host:587.")
    secure = parts.scheme == "smtps"
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if secure else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": secure,
        "EMAIL_USE_TLS": not secure and bool(parts.username),
        "EMAIL_TIMEOUT": 20,
    }


DATA = Path(_setting("JIAOHENG_DATA")).expanduser().resolve()
SECRET_KEY = _kept_secret_key(DATA)
DEBUG = _setting("JIAOHENG_DEBUG") == "1"
ALLOWED_HOSTS = [host.strip() for host in _setting("JIAOHENG_HOSTS").split(",") if host.strip()]
RULEBOOK_OVERLAY = _rulebook(DATA)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "django_tables2",
    "django_filters",
    "template_partials",
    "axes",
    "django_tasks",
    "django_tasks_db",
    "jiaoheng.organisations",
    "jiaoheng.access",
    "jiaoheng.registers",
    "jiaoheng.ledgers",
    "jiaoheng.intake",
    "jiaoheng.plans",
    "jiaoheng.papers",
    "jiaoheng.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "jiaoheng.web.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "jiaoheng.web.errors.RefusedMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "jiaoheng.web.urls"
WSGI_APPLICATION = "jiaoheng.web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "jiaoheng.web.shell.shell",
            ],
        },
    }
]

DATABASES = {"default": _database(os.environ.get("DATABASE_URL") or f"sqlite:///{DATA / 'jiaoheng.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # WAL lets readers go on while an import writes; IMMEDIATE makes two writers wait for each other instead of failing midway.
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 30,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "access.Account"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_CALLABLE = "jiaoheng.web.errors.locked_out"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]

_check_size("JIAOHENG_MEMORY")  # the engine reads it by itself: measures know no settings
FIELD_CIPHER = _one_of("JIAOHENG_CIPHER", {"aes", "sm4"}, "aes or sm4")

LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LANGUAGE_CODE = _one_of("JIAOHENG_LANGUAGE", {code for code, _ in LANGUAGES}, "zh-hans or en")
LOCALE_PATHS = [Path(__file__).parent / "locale"]
TIME_ZONE = _one_of("JIAOHENG_TIME_ZONE", zoneinfo.available_timezones(), "a name such as Asia/Shanghai")
USE_I18N = USE_TZ = True

globals().update(_mail(_setting("JIAOHENG_MAIL")))
DEFAULT_FROM_EMAIL = _setting("JIAOHENG_MAIL_FROM")
ROBOT_HOSTS = [host.strip().lower() for host in _setting("JIAOHENG_ROBOT_HOSTS").split(",") if host.strip()]

STATIC_URL = "static/"
STATIC_ROOT = DATA / "static"
WHITENOISE_USE_FINDERS = True
DJANGO_TABLES2_TEMPLATE = "web/_table.html"

DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "jiaoheng.web.errors.csrf_failure"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _setting("JIAOHENG_HTTPS") == "1"
SESSION_COOKIE_HTTPONLY = True
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "style-src": ["'self'", "'unsafe-inline'"],  # charts are SVG with style attributes
        "script-src": ["'self'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
        "base-uri": ["'self'"],
    }
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "loggers": {
        "django.request": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},  # why a page failed; nothing of what was sent
        "axes": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
    },
}

# A process holds some hundred thousand objects of rules and forms for as long as it lives. Python would look through them after every few
# hundred new ones, which costs a quarter of the time of whatever handles very many rows.
gc.set_threshold(50_000, 20, 50)
