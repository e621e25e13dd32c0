"""The project's settings, run as tests: ENVIRONMENT=test and a state directory of their own."""

import os

from tests import services

os.environ["ENVIRONMENT"] = "test"
services.claim()

from config.settings import *  # noqa: E402, F403
