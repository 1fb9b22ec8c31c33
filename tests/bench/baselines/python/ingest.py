"""What ingest does with one message, as one would write it for Lambda's Python runtime: check the key, read the
message, put it unless it is there."""

import base64
import datetime
import hashlib
import json
import os
import time

import boto3

client = boto3.client("dynamodb")
TABLE = os.environ["BECKON_TABLE"]
KEYS = {
    digest: source for source, digest in (entry.split(":") for entry in os.environ["BECKON_WRITE_KEYS"].split(","))
}
RETENTION_SECS = 90 * 24 * 3600


def answer(status, body):
    headers = {"content-type": "application/json", "access-control-allow-origin": "*"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}


def refuse(field, reason):
    return answer(400, {"success": False, "field": field, "reason": reason})


def is_text(value):
    return isinstance(value, str) and value != ""


def handler(event):
    body = event.get("body", "")
    if event.get("isBase64Encoded"):
        body = base64.b64decode(body)
    try:
        message = json.loads(body)
    except ValueError as error:
        return refuse("body", str(error))
    _, _, credentials = event["headers"].get("authorization", "").partition(" ")
    key, _, _ = base64.b64decode(credentials).decode().partition(":")
    source = KEYS.get(hashlib.sha256(key.encode()).hexdigest())
    if source is None:
        return answer(401, {"success": False, "reason": "the write key is not known"})
    user, visitor = message.get("userId"), message.get("anonymousId")
    if not is_text(user) and not is_text(visitor):
        return refuse("userId", "is missing")
    if not is_text(message.get("event")):
        return refuse("event", "is missing")
    try:
        at = int(datetime.datetime.fromisoformat(message["timestamp"]).timestamp() * 1000)
    except (KeyError, ValueError):
        return refuse("timestamp", "is not a time")

    now = time.time()
    profile = user or f"anon:{visitor}"
    given = {
        "i": message["messageId"],
        "k": "track",
        "n": message["event"],
        "t": at,
        "s": source,
        "p": message.get("properties", {}),
    }
    duplicates = 0
    try:
        client.put_item(
            TableName=TABLE,
            Item={
                "PK": {"S": f"P#{profile}"},
                "SK": {"S": f"E#{at:015}#{message['messageId']}"},
                "body": {"S": json.dumps([{"event": given}])},
                "received": {"N": str(int(now * 1000))},
                "ttl": {"N": str(int(now) + RETENTION_SECS)},
            },
            ConditionExpression="attribute_not_exists(#pk)",
            ExpressionAttributeNames={"#pk": "PK"},
        )
    except client.exceptions.ConditionalCheckFailedException:
        duplicates = 1
    print(json.dumps({"level": "INFO", "message": "events were taken", "accepted": 1, "repeats": duplicates}))
    return answer(200, {"success": True})
