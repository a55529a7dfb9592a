"""WSGI entry: pages and forms at scale."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "council.settings")
application = get_wsgi_application()

from council.checks import (  # noqa: E402  (apps must be loaded first)
    limit_statements,
    refuse_demo_accounts,
    refuse_forgetful_database,
    refuse_telling_database,
)

limit_statements()
refuse_demo_accounts()
refuse_forgetful_database()
refuse_telling_database()
