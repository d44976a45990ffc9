"""Prints what the AWS SDK for Python knows of the services scanned: protocol, and how each reading operation is sent and
paged. Where the request itself names its operation, only those with several pages are told of.

    {
     "iam": {"protocol": "query", "operations": {
      "ListUsers": {"within": "ListUsersResult", "next_page": {"Marker": "token", "IsTruncated": "true"}}
     }}
    }

`next_page` is left out for operations that answer in one page. A test of `tests/live` holds `api.json` to it.
"""

import json
import sys

from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader
from botocore.session import Session


READING = ("BatchGet", "Describe", "Generate", "Get", "Head", "List", "Lookup", "Search")


def names(value):
    return value if isinstance(value, list) else [value]


def operation(model, paging):
    told = {}
    if model.service_model.metadata["protocol"].startswith("rest-"):
        path, _, query = model.http["requestUri"].partition("?")
        told = {"method": model.http["method"], "path": path, "query": [part.partition("=")[0] for part in query.split("&") if part]}
    output = model.output_shape
    if output is not None and paging is not None:
        told["within"] = output.serialization.get("resultWrapper")
        members = {name: "token" for name in names(paging["output_token"])} | {name: "true" for name in names(paging.get("more_results", []))}
        # A path such as `Result.Marker` or an expression is not used by any operation that is scanned.
        told["next_page"] = {
            output.members[name].serialization.get("name", name): kind for name, kind in members.items() if name in output.members}
    return told


def service(session, loader, name):
    model = session.get_service_model(name)
    try:
        paging = loader.load_service_model(name, "paginators-1")["pagination"]
    except UnknownServiceError:
        paging = {}
    told = {name: operation(model.operation_model(name), paging.get(name)) for name in model.operation_names if name.startswith(READING)}
    lines = (f"  {json.dumps(name)}: {json.dumps(known)}" for name, known in told.items() if known)
    return f' {json.dumps(name)}: {{"protocol": {json.dumps(model.metadata["protocol"])}, "operations": {{\n' + ",\n".join(lines) + "\n }}"


session, loader = Session(), Loader()
print("{\n" + ",\n".join(service(session, loader, name) for name in sys.argv[1:]) + "\n}")
