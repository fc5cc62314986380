"""A Django project that holds nothing but `anchoring`."""

import os
from pathlib import Path

STATE = Path(os.environ["STATE_DIR"])
DEVELOPMENT = True
SECRET_KEY = "only-for-this-test"
INSTALLED_APPS = ["anchoring"]
ROOT_URLCONF = "tests.integration.anchoring.urls_alone"
USE_TZ = True
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ["ALONE_DATABASE"],
        "USER": "postgres",
        "HOST": os.environ["ALONE_HOST"],
    }
}
LOG_ORIGIN = "alone.example/log"
LOG_KEY_FILE = STATE / "log.pem"
LOCAL_CHAIN_DIR = STATE / "chain"
