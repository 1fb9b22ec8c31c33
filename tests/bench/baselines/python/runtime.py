"""The least that a Lambda runtime does: asks for an invocation, calls the handler, posts its answer, over one
connection."""

import http.client
import json
import os

from ingest import handler

ADDRESS, _, FOLDER = os.environ["AWS_LAMBDA_RUNTIME_API"].partition("/")
PATH = f"{'/' + FOLDER if FOLDER else ''}/2018-06-01/runtime/invocation"


def serve():
    connection = http.client.HTTPConnection(ADDRESS)

    def call(method, path, body=None):
        headers = {} if body is None else {"content-type": "application/json"}
        connection.request(method, f"{PATH}/{path}", body, headers)
        response = connection.getresponse()
        return response.headers, response.read()

    while True:
        headers, body = call("GET", "next")
        request = headers["lambda-runtime-aws-request-id"]
        try:
            call("POST", f"{request}/response", json.dumps(handler(json.loads(body))))
        except Exception as error:  # as Lambda's own runtime: whatever it was, the caller hears of it
            told = {"errorType": type(error).__name__, "errorMessage": str(error)}
            call("POST", f"{request}/error", json.dumps(told))


serve()
