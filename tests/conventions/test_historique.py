"""The history of an act and of its convention: verbs, lists typed, fields edited."""

import pytest

pytestmark = pytest.mark.django_db
