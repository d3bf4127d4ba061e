"""Draws docs/demo.svg: a user who cannot log in at a registry, the reason, the repair and the login.

`docs/pictures/demo.txt` is the recording of a real run. `python3 docs/pictures PROGRAM` runs the commands with this
program, docker-registry and docker, and writes the recording. With `--check`, it compares the output with the recording.
"""

import os
import pty
import re
import shutil
import socket
import subprocess
import tempfile
import textwrap
import time
from pathlib import Path

from svg import Picture

RECORDING = "docs/pictures/demo.txt"
PASSWORD = b"abc123\n"
# The commands, and the number of passwords that each prompts for.
COMMANDS = [
    ("htpasswd -c users alice", 2),
    ("docker login -u alice localhost:5000", 1),
    ("htpasswd --check --for registry users alice", 0),
    ("htpasswd --for registry users alice", 2),
    ("docker login -u alice localhost:5000", 1),
]
# The last line of docker: the reason of a failure, or the success.
RESULT = re.compile(r"login attempt to \S+ failed with status: [\w ]+|Login Succeeded")
COLUMNS, LINE, LETTER = 60, 19, 7.8


def record(program: str) -> str:
    """Runs the commands on a terminal, and returns what the terminal shows."""
    missing = [tool for tool in ("docker", "docker-registry") if not shutil.which(tool)]
    if missing:
        raise SystemExit(f"docs/pictures/demo.py needs {', '.join(missing)}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "bin").mkdir()
        (folder / "bin/htpasswd").symlink_to(Path(program).resolve())
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])
        (folder / "registry.yml").write_text(
            "version: 0.1\nlog: {level: error}\nstorage: {inmemory: {}}\n"
            f"http: {{addr: '127.0.0.1:{port}'}}\n"
            f"auth: {{htpasswd: {{realm: Registry, path: '{folder}/users'}}}}\n"
        )
        settings = {
            "PATH": f"{folder}/bin:{os.environ['PATH']}",
            "HOME": name,
            "DOCKER_CONFIG": f"{folder}/docker",
            "NO_COLOR": "1",
            "TERM": "dumb",
        }
        shown, registry = "", None
        try:
            for command, passwords in COMMANDS:
                output = run(command.replace(":5000", f":{port}"), passwords, folder, settings)
                shown += f"$ {command}\n{cleaned(output).replace(f':{port}', ':5000')}"
                # The registry does not start without the password file.
                registry = registry or start(folder, int(port))
        finally:
            if registry:
                registry.kill()
                registry.wait()
    return shown


def start(folder: Path, port: int) -> subprocess.Popen:
    quiet = subprocess.DEVNULL
    registry = subprocess.Popen(["docker-registry", "serve", folder / "registry.yml"], stdout=quiet, stderr=quiet)
    for _ in range(300):
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return registry
        time.sleep(0.1)
    registry.kill()
    raise SystemExit("docker-registry does not listen after 30 seconds")


def run(command: str, passwords: int, folder: Path, settings: dict[str, str]) -> str:
    """The output of a command on a terminal. Each prompt gets the password."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.umask(0o077)
        os.execvpe("sh", ["sh", "-c", command], settings)
    output = b""
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:
            break
        if not part:
            break
        output += part
        if passwords and re.search(rb"assword: ?$", output):
            # A program discards what was typed before its prompt, so it needs a moment after the prompt.
            time.sleep(0.1)
            os.write(terminal, PASSWORD)
            passwords -= 1
    os.waitpid(child, 0)
    os.close(terminal)
    return output.decode().replace("\r", "")


def cleaned(output: str) -> str:
    """The output without the lines in which docker describes its attempts with HTTPS and its storage of passwords.

    These lines differ between versions of docker, and so does the text before the reason of a failure.
    """
    lines = [line.rstrip() for line in output.splitlines()]
    results = [match[0] for line in lines[1:] if (match := RESULT.search(line))]
    if results:
        lines = [lines[0], results[-1]]
    return "".join(f"{line}\n" for line in lines)


def draw(root: Path) -> str:
    text = (root / RECORDING).read_text()
    rows: list[tuple[str, str]] = []
    for line in text.splitlines():
        kind = "typed" if line.startswith("$ ") else "good" if "Succeeded" in line or "clean" in line else "term"
        kind = "bad" if "Unauthorized" in line or ": error: " in line else kind
        if kind == "typed" and rows:
            rows.append(("", "term"))
        rows += [(part, kind) for part in textwrap.wrap(line, COLUMNS, subsequent_indent="  ")]
    picture = Picture(
        round(COLUMNS * LETTER) + 32,
        len(rows) * LINE + 62,
        "A user cannot log in at a registry; htpasswd finds the reason and repairs it",
        "A terminal. " + " / ".join(text.splitlines()),
    )
    picture.box(0.5, 0.5, round(COLUMNS * LETTER) + 31, 32, "bar", 6)
    for number, kind in enumerate(("bad", "warm", "good")):
        picture.dot(20 + 18 * number, 16.5, 5, kind)
    for number, (line, kind) in enumerate(rows):
        if line:
            picture.text(16, 56 + number * LINE, line, f"name {kind}")
    return str(picture)
