"""Webhooks are verified by the library of those who wrote the standard, and read by the schema.

Run as webhook.py REQUESTS KEY SCHEMA: a JSON list of the requests that came for one notification.
"""

import json
import sys
from pathlib import Path

from jsonschema import Draft202012Validator
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from told import same, true

requests, key, schema = sys.argv[1:]
came = json.loads(Path(requests).read_text(encoding="utf-8"))
schema = json.loads(Path(schema).read_text(encoding="utf-8"))
Draft202012Validator.check_schema(schema)
for request in came:
    document = Webhook(key).verify(request["body"], request["headers"])
    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(document)
print("ok each is signed, and as the schema says")
same("ids", len({request["headers"]["webhook-id"] for request in came}), 1)
same("bodies", len({request["body"] for request in came}), 1)
try:
    Webhook(key).verify(came[0]["body"].replace("plimsoll", "pilmsoll", 1), came[0]["headers"])
    raise SystemExit("another body is taken")
except WebhookVerificationError:
    print("ok another body is not taken")
owners = document["data"]["owners"]
true("something is told", owners and all(owner["findings"] for owner in owners))
named = sum(len(owner["findings"]) for owner in owners)
same("all is counted", named + document["data"]["findings_left_out"], sum(document["data"]["new"].values()))
