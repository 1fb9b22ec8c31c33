"""The abandoned cart on the deployed template: real binaries, an independent emulator, real time.

Two shoppers fill a cart. One orders and hears nothing; the other is reminded, and the provider then says that the
mail bounced. The campaign's wait is shortened to seconds in a copy of its file; a delayed check is still a schedule
at a full minute, so the whole takes about a minute and a half.
"""

import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

from emulator import PROJECT, Emulator, Failed, until

ANN, BOB = "ann@example.com", "bob@example.com"
CART = "cart-7"


def say(text):
    print(f"  {time.monotonic() - BEGUN:5.1f} s  {text}", flush=True)


FEW = ("workspace", "abandoned-cart", "birthday", "trial-expiry")


def apply_campaigns(emulator, binaries):
    """A few campaigns by the `beckon` command, with the abandoned cart's hour made seconds."""
    with tempfile.TemporaryDirectory(prefix="beckon-campaigns-") as folder:
        campaigns = pathlib.Path(folder) / "campaigns"
        shutil.copytree(PROJECT / "campaigns", campaigns)
        for campaign in campaigns.glob("*.yaml"):
            if campaign.stem not in FEW:
                campaign.unlink()
        # Without its second reminder, whose schedule would be a day ahead of this test's end.
        shutil.copy(PROJECT / "tests/campaigns/abandoned-cart.yaml", campaigns)
        cart = campaigns / "abandoned-cart.yaml"
        text = cart.read_text()
        if "wait: 1h" not in text:
            raise Failed("the abandoned-cart campaign does not wait for `1h` any more")
        cart.write_text(text.replace("wait: 1h", "wait: 2s", 1))
        done = subprocess.run(
            [pathlib.Path(binaries) / "beckon", "apply", campaigns, "--table", emulator.outputs["TableName"]],
            env=emulator.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
    if done.returncode != 0:
        raise Failed(f"beckon apply ended with {done.returncode}:\n{done.stdout}{done.stderr}")


def sender():
    """The address that the shipped workspace sends from."""
    text = (PROJECT / "campaigns/workspace.yaml").read_text()
    found = re.search(r"^email:.*<([^>]+)>", text, re.MULTILINE)
    if not found:
        raise Failed("the workspace does not say whom mail comes from")
    return found[1]


def taken(answer):
    status, body = answer
    if status != 200 or body.get("success") is not True:
        raise Failed(f"the events were not taken: {status} {body}")


def shop(emulator, user, address, *events):
    """One request with who it is and what they did."""
    batch = [{"type": "identify", "messageId": f"{user}-who", "userId": user, "traits": {"email": address}}]
    for number, (event, properties) in enumerate(events):
        batch.append(
            {
                "type": "track",
                "messageId": f"{user}-{number}-{event}",
                "userId": user,
                "event": event,
                "properties": properties,
            }
        )
    return emulator.post("/v1/batch", {"batch": batch})


def added(cart):
    return (
        "Product Added",
        {"cart_id": cart, "product_id": "mug", "name": "Blue mug", "category": "kitchen", "price": 12.5, "quantity": 2},
    )


def ordered(cart):
    products = [{"product_id": "mug", "name": "Blue mug", "price": 12.5, "quantity": 2}]
    return "Order Completed", {"order_id": "o-1", "cart_id": cart, "products": products, "total": 25.0}


def mails_to(emulator, address):
    return [mail for mail in emulator.mails() if address in mail["To"]]


def suppressed(emulator):
    """How many addresses are suppressed in the table."""
    answer = emulator.client("dynamodb").scan(
        TableName=emulator.outputs["TableName"],
        FilterExpression="begins_with(PK, :prefix)",
        ExpressionAttributeValues={":prefix": {"S": "A#"}},
    )
    return answer["Count"]


def story(emulator, binaries):
    say("the template is deployed")
    apply_campaigns(emulator, binaries)
    say("the campaigns are applied")
    taken(shop(emulator, "bob", BOB, added("cart-8"), ordered("cart-8")))
    taken(shop(emulator, "ann", ANN, added(CART)))
    taken(shop(emulator, "ann", ANN, added(CART)))
    say("bob filled a cart and ordered; ann filled one and left, and her browser posted it twice")
    until("a delayed check is scheduled", emulator.one_time_schedules, 30)
    say("a delayed check is scheduled")
    [mail, *more] = until("ann gets a mail", lambda: mails_to(emulator, ANN), 120)
    until("every scheduled check was made", lambda: not emulator.one_time_schedules(), 120)
    if more or len(mails_to(emulator, ANN)) != 1:
        raise Failed("ann was written to more than once")
    if mails_to(emulator, BOB):
        raise Failed("bob ordered and was reminded nevertheless")
    for part in ("BodyHtml", "BodyText"):
        if "Blue mug" not in (mail[part] or ""):
            raise Failed(f"the mail's {part} does not name what is left in the cart:\n{mail[part]}")
    say(f"ann was reminded once, “{mail['Subject']}”, and bob was not")
    bounce(emulator, mail)
    until("the bounced address is suppressed", lambda: suppressed(emulator) == 1, 30)
    say("the mail bounced, and the address is suppressed")
    aside = emulator.set_aside()
    if aside:
        raise Failed("records were set aside:\n" + "\n".join(aside))


def bounce(emulator, mail):
    """Says over the stack's own topic what SES says of a hard bounce (SES Developer Guide, "Contents of event data
    that Amazon SES publishes to Amazon SNS"): no emulator's event destinations do."""
    at = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
    topic = [
        found["TopicArn"]
        for found in emulator.client("sns").list_topics()["Topics"]
        if "MailEvents" in found["TopicArn"]
    ]
    message = {
        "eventType": "Bounce",
        "bounce": {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [{"emailAddress": ANN, "action": "failed", "status": "5.1.1"}],
            "timestamp": at,
            "feedbackId": "0100-bounce",
        },
        "mail": {
            "timestamp": at,
            "source": mail["Source"],
            "messageId": mail["MessageId"],
            "destination": [ANN],
            "tags": {},
        },
    }
    emulator.client("sns").publish(TopicArn=topic[0], Message=json.dumps(message))


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--binaries", required=True, help="folder with the functions and the `beckon` command")
    binaries = pathlib.Path(arguments.parse_args().binaries).resolve()
    try:
        with Emulator(binaries, "e2e-server-key", sender()) as emulator:
            story(emulator, binaries)
    except Failed as failure:
        print(f"failed: {failure}", file=sys.stderr)
        return 1
    say("as it should be")
    return 0


BEGUN = time.monotonic()
if __name__ == "__main__":
    sys.exit(main())
