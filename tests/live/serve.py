"""Serves moto on a free loopback port, prints its URL, and stops when stdin is closed: when whoever started it is gone."""

import io
import logging
import sys
import threading
from urllib.parse import urlencode

from botocore import parsers, serialize
from botocore.session import Session
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server


class WithoutSomeServices:
    """moto knows nothing of some services, and breaks off when asked. That would look like trouble on the way."""

    UNKNOWN = ("/access-analyzer/aws4_request", "/artifact/aws4_request")

    def __init__(self, moto):
        self.moto = moto

    def __call__(self, environ, start_response):
        if not any(scope in environ.get("HTTP_AUTHORIZATION", "") for scope in self.UNKNOWN):
            return self.moto(environ, start_response)
        body = b"moto has no such service"
        start_response("501 Not Implemented", [("content-type", "text/plain"), ("content-length", str(len(body)))])
        return [body]


class CloudWatchInCbor:
    """SDKs talk to CloudWatch in CBOR (Smithy's "RPC v2 CBOR"). moto does not, but knows the older way, "query": what is
    said is translated there and back, and all else is passed on."""

    PATH = "/service/GraniteServiceVersion20100801/operation/"

    def __init__(self, moto):
        self.moto = moto
        self.model = Session().get_service_model("cloudwatch")
        self.cbor, self.query = parsers.create_parser("smithy-rpc-v2-cbor"), parsers.create_parser("query")
        self.in_cbor, self.in_query = (
            serialize.create_serializer(protocol, include_validation=False) for protocol in ("smithy-rpc-v2-cbor", "query"))

    def __call__(self, environ, start_response):
        if not environ["PATH_INFO"].startswith(self.PATH):
            return self.moto(environ, start_response)
        operation = self.model.operation_model(environ["PATH_INFO"].removeprefix(self.PATH))
        asked = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        params = self.cbor.parse_data_item(self.cbor.get_peekable_stream_from_bytes(asked)) if asked else {}
        form = urlencode(self.in_query.serialize_to_request(params, operation)["body"]).encode()
        told = {}
        body = b"".join(self.moto(
            {**environ, "PATH_INFO": "/", "REQUEST_URI": "/", "RAW_URI": "/", "wsgi.input": io.BytesIO(form),
             "CONTENT_LENGTH": str(len(form)), "CONTENT_TYPE": "application/x-www-form-urlencoded; charset=utf-8"},
            lambda status, headers, *_: told.update(status=status, headers=headers)))
        # The seed and the scan give no cause for errors, so that these are not translated.
        assert told["status"].startswith("200"), body
        answer = self.query.parse({"body": body, "headers": dict(told["headers"]), "status_code": 200}, operation.output_shape)
        answer.pop("ResponseMetadata", None)
        body = bytearray()
        if operation.output_shape is None:
            body += b"\xa0"
        else:
            self.in_cbor._serialize_data_item(body, answer, operation.output_shape)
        start_response("200 OK", [
            ("content-type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor"), ("content-length", str(len(body)))])
        return [bytes(body)]


# Without this it tells at length, for every request, of what it has not got.
logging.disable(logging.CRITICAL)
moto = WithoutSomeServices(CloudWatchInCbor(DomainDispatcherApplication(create_backend_app)))
server = make_server("127.0.0.1", 0, moto, threaded=True, request_handler=MotoRequestHandler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print("http://{}:{}".format(*server.server_address[:2]), flush=True)
sys.stdin.read()
