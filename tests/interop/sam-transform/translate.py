"""Reads templates as a JSON list, and prints what AWS's translator makes of each: a template, or its refusal as text."""

import json
import sys
from unittest.mock import patch

from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform

region = sys.argv[1]


class Policies:
    """The managed policies that the translator would ask IAM for."""

    def load(self):
        return {}


def outcome(template):
    try:
        return transform(template, {}, Policies())
    except InvalidDocumentException as error:
        causes = " ".join(sorted(cause.message for cause in error.causes))
        return f"{error.message} {causes}"


with patch("boto3.session.Session.region_name", region):
    print(json.dumps([outcome(template) for template in json.load(sys.stdin)]))
