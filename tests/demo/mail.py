# SPDX-License-Identifier: GPL-2.0
"""Mail servers (Postfix), a mail program (swaks) and web mail.

Every mail has a unique token, by which it is found in mailboxes and logs.
"""

import http.client
import http.server
import os
import re
import shutil
import smtplib
import socket
import ssl
import subprocess
import threading
import time

from network import address_of, inside

BASE = "/run/demo"
FILES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "postfix")
MASTER = "/usr/lib/postfix/sbin/master"
QUEUES = ("active bounce corrupt defer deferred flush hold incoming maildrop pid "
          "private public saved trace").split()

# Mailboxes: our customer's, and that of the recipient of most mails
TARO = "taro@provider.example"
HANAKO = "hanako@company.example"
PASSWORDS = {TARO: "sakura-1999", HANAKO: "momiji-2006"}

HERE = "127.0.0.1"

# Timeout of each operation, in seconds
PATIENCE = 30


class Server:
    """A Postfix instance in the network namespace of the same name.

    Its owner has a mailbox there, and may submit mail on port 587.
    """

    def __init__(self, name, owner=None):
        self.name = name
        self.owner = owner
        self.directory = f"{BASE}/{name}"
        self.files = f"{self.directory}/etc"
        self.read = set()
        self.tokens = set()

    def start(self):
        """Make its files and start it; ready() waits until it answers."""
        self.make_directories()
        self.make_configuration()
        if self.owner:
            self.add_account(self.owner)
        with inside(self.name), open(f"{self.directory}/start", "wb") as log:
            subprocess.Popen([MASTER, "-c", self.files], stdin=subprocess.DEVNULL,
                             stdout=log, stderr=log)

    def make_directories(self):
        """Make the directories that `postfix check` would, and the mailboxes'."""
        os.makedirs(self.files)
        for queue in QUEUES:
            os.makedirs(f"{self.directory}/queue/{queue}", 0o700)
            if queue != "pid":
                shutil.chown(f"{self.directory}/queue/{queue}", "postfix")
        for name, user in ("data", "postfix"), ("mail", "mail"):
            os.mkdir(f"{self.directory}/{name}", 0o700)
            shutil.chown(f"{self.directory}/{name}", user)
        os.chmod(f"{self.directory}/queue/public", 0o755)

    def make_configuration(self):
        """Write main.cf: the paths, the common part and the server's own part."""
        shutil.copy(f"{FILES}/master.cf", self.files)
        with open(f"{self.files}/main.cf", "w", encoding="ascii") as main:
            main.write(f"demo_directory = {self.directory}\n")
            for name in "main", self.name:
                with open(f"{FILES}/{name}.cf", encoding="ascii") as part:
                    main.write(part.read())

    def add_account(self, user):
        """Add a user for SMTP AUTH to the Cyrus SASL database."""
        database = f"{self.directory}/sasldb2"
        name, domain = user.split("@")
        subprocess.run(["saslpasswd2", "-c", "-p", "-f", database, "-u", domain, name],
                       input=PASSWORDS[user], text=True, check=True)
        shutil.chown(database, "postfix")
        os.mkdir(f"{self.files}/sasl")
        with open(f"{self.files}/sasl/smtpd.conf", "w", encoding="ascii") as file:
            file.write("pwcheck_method: auxprop\nauxprop_plugin: sasldb\n"
                       f"sasldb_path: {database}\nmech_list: PLAIN LOGIN\n")

    def ready(self):
        """Wait until it answers on port 25."""
        end = time.monotonic() + PATIENCE
        with inside(self.name):
            while time.monotonic() < end:
                try:
                    with smtplib.SMTP(HERE, 25, timeout=PATIENCE):
                        return
                except OSError:
                    time.sleep(0.1)
        raise TimeoutError(f"the mail server {self.name} does not answer:\n{self.log()}")

    def log(self):
        """The server's log."""
        text = ""
        for name in "start", "log":
            if os.path.exists(f"{self.directory}/{name}"):
                with open(f"{self.directory}/{name}", encoding="utf-8") as file:
                    text += file.read()
        return text

    def holds(self, token):
        """Whether the mail is in the mailbox; reads each file once."""
        directory = f"{self.directory}/mail/{self.owner.split('@')[0]}/new"
        names = os.listdir(directory) if os.path.isdir(directory) else []
        for name in set(names) - self.read:
            with open(f"{directory}/{name}", encoding="utf-8") as mail:
                self.tokens.update(re.findall(r"Message-Id: <(\w+)@", mail.read()))
            self.read.add(name)
        return token in self.tokens

    def outcome(self, token):
        """The delivery status of a queued mail: "sent" or "deferred", and why."""
        log = self.log()
        queued = re.search(rf"(\w+): message-id=<{token}@", log)
        if not queued:
            return None
        outcome = re.search(rf" {queued[1]}: .*status=(.*)", log)
        return outcome and outcome[1]


def swaks(token, server, family, port, login=None, account=TARO, to=HANAKO):
    """Send a mail from this namespace; return a one-word result and the details."""
    address = server if server == HERE else address_of(server, family)
    command = ["swaks", "--from", account, "--to", to, "--helo", "pc.example",
               "--timeout", str(PATIENCE), "--silent", "2",
               "--header", f"Message-Id: <{token}@pc.example>",
               "--header", "Subject: op25b", "--body", "From the demonstration."]
    if login:
        command += ["--auth", login, "--auth-user", account,
                    "--auth-password", PASSWORDS[account]]
    if family == 6:
        # swaks needs a Perl module for IPv6 that Debian only suggests
        command += ["--pipe", f"nc -6 -v -w {PATIENCE} {address} {port}"]
    else:
        command += ["--server", address, "--port", str(port)]
    result = subprocess.run(command, stdin=subprocess.DEVNULL, text=True, check=False,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode == 0:
        return "accepted", ""
    return reason(result.stdout), result.stdout


def reason(transcript):
    """The reason why a connection or a mail failed, in a word or two."""
    for text, word in (("Connection refused", "refused"),
                       ("timed out", "timed out"),
                       ("Timeout", "timed out"),
                       ("No route to host", "unreachable"),
                       ("Permission denied", "prohibited")):
        if text in transcript:
            return word
    return "failed"


def post(token, family, port):
    """Send a mail by web mail; return a one-word result and the details."""
    address = address_of("mail.company.example", family)
    site = http.client.HTTPConnection
    options = {"timeout": PATIENCE}
    if port == 443:
        site = http.client.HTTPSConnection
        options["context"] = unverified()
    try:
        site = site(f"[{address}]", **options)
        site.request("POST", "/send", token)
        status = site.getresponse().status
        return ("accepted" if status == 200 else f"HTTP {status}"), ""
    except ConnectionRefusedError as error:
        return "refused", str(error)
    except OSError as error:
        return "failed", str(error)


def unverified():
    """A TLS context that accepts self-signed certificates."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class WebMail(http.server.BaseHTTPRequestHandler):
    """The other company's web mail: a POST request sends a mail."""

    def do_POST(self):  # pylint: disable=invalid-name
        """Pass the mail to the company's own server."""
        token = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with smtplib.SMTP(HERE, 25, timeout=PATIENCE) as server:
            server.sendmail(HANAKO, [HANAKO], f"Message-Id: <{token}@www.company.example>\n"
                            "Subject: op25b\n\nBy web mail.\n")
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):  # pylint: disable=arguments-differ
        """Log nothing."""


class WebServer(http.server.ThreadingHTTPServer):
    """An HTTP server for IPv4 and IPv6."""

    address_family = socket.AF_INET6
    daemon_threads = True


def start_web_mail():
    """Serve web mail at the other company, on ports 80 and 443."""
    certificate = f"{BASE}/web.pem"
    subprocess.run(["openssl", "req", "-x509", "-nodes", "-newkey", "ec",
                    "-pkeyopt", "ec_paramgen_curve:prime256v1", "-days", "1",
                    "-subj", "/CN=www.company.example",
                    "-keyout", certificate, "-out", certificate],
                   check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with inside("company"):
        for port in 80, 443:
            server = WebServer(("::", port), WebMail)
            if port == 443:
                server.socket = context.wrap_socket(server.socket, server_side=True)
            threading.Thread(target=server.serve_forever, daemon=True).start()
