"""Asks a server written in Python whether a user can log in.

The test calls this script with the name of the server: radicale, wsgidav or pypiserver. Each line of standard input is
a command. `load FILE` starts the server with this password file, `ask USER PASSWORD` sends a request, with both words
in hexadecimal digits. The script answers each command with the status of HTTP, or with 0 if the server does not start.

The server handles each request itself, through WSGI, so only the socket is missing. The script must never read the
password file.
"""

import base64
import io
import logging
import sys
import tempfile
from wsgiref.util import setup_testing_defaults

FOLDER = tempfile.mkdtemp(prefix="htpasswd-test-python-")


def radicale(file):
    from radicale import config
    from radicale.app import Application

    configuration = config.load()
    configuration.update(
        {
            "auth": {
                "type": "htpasswd",
                "htpasswd_filename": file,
                "htpasswd_encryption": "autodetect",
                "delay": "0",
            },
            "storage": {"type": "multifilesystem_nolock", "filesystem_folder": FOLDER},
            "rights": {"type": "authenticated"},
            "logging": {"level": "critical"},
        },
        "test",
    )
    return Application(configuration), "PROPFIND", "/"


def wsgidav(file):
    from wsgidav.wsgidav_app import WsgiDAVApp

    controller = "wsgidav.dc.htpasswd_dc.HtpasswdDomainController"
    authenticator = {"domain_controller": controller, "accept_basic": True, "accept_digest": False}
    authenticator["default_to_digest"] = False
    configuration = {
        "provider_mapping": {"/": FOLDER},
        "http_authenticator": authenticator,
        "htpasswd_dc": {"htpasswd_file": file},
        "verbose": 0,
        "logging": {"enable": False},
    }
    return WsgiDAVApp(configuration), "GET", "/"


def pypiserver(file):
    import pypiserver

    application = pypiserver.app(
        roots=[FOLDER], password_file=file, authenticate=["list"], disable_fallback=True
    )
    return application, "GET", "/simple/"


def status_of(server, user, password):
    application, method, path = server
    environ = {"REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": path, "CONTENT_LENGTH": "0"}
    environ["wsgi.input"] = io.BytesIO()
    setup_testing_defaults(environ)
    credentials = base64.b64encode(user + b":" + password).decode("ascii")
    environ["HTTP_AUTHORIZATION"] = f"Basic {credentials}"
    environ["wsgi.errors"] = io.StringIO()
    found = []

    def start_response(status, headers, exc_info=None):
        found.append(int(status.split()[0]))
        return lambda body: None

    # A server answers 500 for such an exception.
    try:
        for _ in application(environ, start_response):
            pass
    except Exception:
        return 500
    return found[-1]


def main():
    logging.disable(logging.CRITICAL)
    start = {"radicale": radicale, "wsgidav": wsgidav, "pypiserver": pypiserver}[sys.argv[1]]
    server = None
    for line in sys.stdin:
        command, *words = line.rstrip("\n").split(" ")
        if command == "load":
            try:
                server = start(words[0])
            except (Exception, SystemExit):
                server = None
            status = 200 if server else 0
        else:
            user, password = (bytes.fromhex(word) for word in words)
            status = status_of(server, user, password) if server else 0
        print(status, flush=True)


main()
