"""ministack, an independent emulator of AWS: started, given the template, ended."""

import base64
import hashlib
import io
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile

import boto3
import botocore.config

REGION = "eu-central-1"
ACCOUNT = "000000000000"
STACK = "beckon"
FUNCTIONS = ("ingest", "evaluate", "check", "send", "feedback", "onsite", "preferences", "inbound")
PROJECT = pathlib.Path(__file__).resolve().parents[2]


class Failed(Exception):
    """Something that should have happened did not; says what."""


def until(what, condition, seconds):
    """Waits until `condition` gives something that counts as true, and gives that back."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() >= end:
            raise Failed(f"{what}: not within {seconds} s")
        time.sleep(0.2)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Emulator:
    """A running ministack with the template deployed in it, as a context."""

    def __init__(self, binaries, write_key, sender):
        self.binaries = pathlib.Path(binaries)
        self.write_key = write_key
        self.domain = sender.partition("@")[2]
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        # Functions inherit this from the emulator, and the `beckon` command is given it.
        self.environment = {
            **os.environ,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="beckon-e2e-"))
        self.log = open(self.folder / "emulator.log", "w+b")
        try:
            self.process = subprocess.Popen(
                [pathlib.Path(sys.executable).parent / "ministack"],
                cwd=self.folder,
                env={
                    **self.environment,
                    "BIND_HOST": "127.0.0.1",
                    "GATEWAY_PORT": str(self.port),
                    "MINISTACK_REGION": REGION,
                    "IOT_MTLS_ENABLED": "0",
                    "SFTP_ENABLED": "0",
                },
                stdout=self.log,
                stderr=subprocess.STDOUT,
            )
            until("the emulator answers", lambda: self.get("/_ministack/health"), 30)
            self.deploy()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, kind, error, trace):
        process = getattr(self, "process", None)
        if process is not None:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if kind is not None:
            self.log.seek(0)
            lines = self.log.read().decode(errors="replace").splitlines()
            print("── the emulator's last words", *lines[-80:], sep="\n", file=sys.stderr)
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def client(self, service):
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=botocore.config.Config(retries={"max_attempts": 2}, connect_timeout=5, read_timeout=60),
        )

    def get(self, path):
        """The JSON at a path of the emulator's own interface, or nothing while it does not answer."""
        if self.process.poll() is not None:
            raise Failed(f"the emulator ended with {self.process.returncode}")
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                return json.load(answer)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return None

    def deploy(self):
        """Deploys infra/template.yaml as it is; only where the code lies is filled in, as `sam package` does. The
        sender's domain is verified before, which is a team's own step."""
        self.client("sesv2").create_email_identity(EmailIdentity=self.domain)
        store = self.client("s3")
        store.create_bucket(Bucket="code", CreateBucketConfiguration={"LocationConstraint": REGION})
        template = (PROJECT / "infra/template.yaml").read_text()
        for function in FUNCTIONS:
            store.put_object(Bucket="code", Key=f"{function}.zip", Body=self.package(function))
            local = f"CodeUri: ../functions/{function}\n"
            if template.count(local) != 1:
                raise Failed(f"the template has no code of `{function}`")
            template = template.replace(local, f"CodeUri: s3://code/{function}.zip\n")
        stacks = self.client("cloudformation")
        digest = hashlib.sha256(self.write_key.encode()).hexdigest()
        secrets = {"link_keys": "e2e:" + base64.b64encode(bytes(range(32))).decode()}
        parameters = {
            "WriteKeys": f"server:{digest}",
            "SenderIdentity": self.domain,
            "Secrets": json.dumps(secrets),
        }
        stacks.create_stack(
            StackName=STACK,
            TemplateBody=template,
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        )

        def ended():
            stack = stacks.describe_stacks(StackName=STACK)["Stacks"][0]
            return None if stack["StackStatus"].endswith("IN_PROGRESS") else stack

        stack = until("the stack is deployed", ended, 120)
        if stack["StackStatus"] != "CREATE_COMPLETE":
            events = stacks.describe_stack_events(StackName=STACK)["StackEvents"]
            reasons = [
                f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}"
                for event in events
                if event["ResourceStatus"].endswith("FAILED")
            ]
            raise Failed("\n".join([f"the stack is {stack['StackStatus']}", *reasons]))
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def package(self, function):
        """A function as it is uploaded: its binary, named `bootstrap`, without what only debuggers read."""
        bootstrap = self.folder / "bootstrap"
        shutil.copyfile(self.binaries / function, bootstrap)
        if shutil.which("strip"):
            subprocess.run(["strip", bootstrap], check=True)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            entry = zipfile.ZipInfo("bootstrap")
            entry.external_attr = 0o755 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, bootstrap.read_bytes())
        return packed.getvalue()

    def post(self, path, body):
        """Posts to the function URL, by the host name that CloudFormation gave it."""
        host = self.outputs["IngestUrl"].removeprefix("https://").rstrip("/")
        request = urllib.request.Request(
            self.url + path,
            data=json.dumps({**body, "writeKey": self.write_key}).encode(),
            headers={"Host": host, "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode(errors="replace")

    def mails(self):
        """Everything that was handed to SES."""
        answer = self.get(f"/_ministack/ses/messages?account={ACCOUNT}") or {"messages": {}}
        return answer["messages"].get(ACCOUNT, [])

    def one_time_schedules(self):
        """Names of the schedules that have not fired."""
        answer = self.client("scheduler").list_schedules(GroupName=self.outputs["ScheduleGroup"])
        return [schedule["Name"] for schedule in answer["Schedules"] if schedule["Name"] != f"{STACK}-sweep"]

    def set_aside(self):
        """What lies in the set-aside queues, as text."""
        queues = self.client("sqs")
        found = []
        for url in self.outputs["SetAsideQueues"].split(","):
            answer = queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0)
            found += [f"{url.rpartition('/')[2]}: {message['Body']}" for message in answer.get("Messages", [])]
        return found
