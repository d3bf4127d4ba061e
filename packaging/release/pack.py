"""Packs the programs of a release as a Python wheel, as a zip file for Windows, and as images.

Each function writes one artefact. The bytes depend only on the arguments: entries are sorted, and times, owners and modes
are constant. The module never builds or runs a program.

    pack.py wheel OUTPUT VERSION SOURCES ARCHITECTURE PROGRAM
    pack.py windows OUTPUT VERSION SOURCES PROGRAM
    pack.py image OUTPUT VERSION EPOCH NAME ARCHITECTURE=PROGRAM…
"""

import base64
import gzip
import hashlib
import io
import json
import sys
import tarfile
import time
import zipfile
from pathlib import Path

SUMMARY = "Manage the password files of web servers and registries"
LICENCE = "MIT OR Apache-2.0"


def wheel(output, version, sources, architecture, program):
    """A static program needs no libc of its system, so one wheel has the tags of glibc and of musl. The program needs
    Linux 3.17."""
    sources = Path(sources)
    tags = [f"py3-none-{libc}_{architecture}" for libc in ("manylinux2014", "manylinux_2_17", "musllinux_1_1")]
    platform = ".".join(tag.removeprefix("py3-none-") for tag in tags)
    stem = f"htpasswd_cli-{version}"
    info = f"{stem}.dist-info"
    metadata = [
        "Metadata-Version: 2.4",
        "Name: htpasswd-cli",
        f"Version: {version}",
        f"Summary: {SUMMARY}",
        f"License-Expression: {LICENCE}",
        "License-File: LICENSE-APACHE",
        "License-File: LICENSE-MIT",
        "License-File: copyright",
        "Requires-Python: >=3.8",
        "Classifier: Environment :: Console",
        "Classifier: Operating System :: POSIX :: Linux",
        "Description-Content-Type: text/markdown",
    ]
    about = ["Wheel-Version: 1.0", "Generator: htpasswd packaging/release/pack.py", "Root-Is-Purelib: false"]
    readme = (sources / "packaging/release/README.md").read_text()
    files = {
        f"{stem}.data/scripts/htpasswd": Path(program).read_bytes(),
        f"{info}/METADATA": ("\n".join(metadata) + "\n\n" + readme).encode(),
        f"{info}/WHEEL": "\n".join(about + [f"Tag: {tag}" for tag in tags] + [""]).encode(),
    }
    # pip copies the folder data to the prefix, so man finds the pages if it finds the program.
    for page in ("htpasswd.1", "htpasswd-formats.7", "htpasswd-servers.7"):
        files[f"{stem}.data/data/share/man/man{page[-1]}/{page}"] = (sources / "docs/man" / page).read_bytes()
    for licence in ("LICENSE-APACHE", "LICENSE-MIT", "packaging/debian/copyright"):
        files[f"{info}/licenses/{Path(licence).name}"] = (sources / licence).read_bytes()
    record = []
    for name, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        record.append(f"{name},sha256={digest},{len(content)}\n")
    files[f"{info}/RECORD"] = "".join([*record, f"{info}/RECORD,,\n"]).encode()
    write_zip(Path(output) / f"{stem}-py3-none-{platform}.whl", files)


def windows(output, version, sources, program):
    """A zip file with one folder: the program, its description for Windows, and the licences."""
    sources = Path(sources)
    stem = f"htpasswd-{version}-x86_64-windows"
    files = {f"{stem}/htpasswd.exe": Path(program).read_bytes()}
    for name in ("CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "docs/windows.md", "packaging/debian/copyright"):
        files[f"{stem}/{Path(name).name}"] = (sources / name).read_bytes()
    files[f"{stem}/_htpasswd.ps1"] = (sources / "completions/_htpasswd.ps1").read_bytes()
    write_zip(Path(output) / f"{stem}.zip", files)


def write_zip(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            # The oldest time that a zip file can have.
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = (0o100755 if "/scripts/" in name else 0o100644) << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)


class Layout:
    """A folder in the OCI image layout, with one tag."""

    def __init__(self, folder):
        self.blobs = Path(folder) / "blobs/sha256"
        self.blobs.mkdir(parents=True)
        (Path(folder) / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')

    def add(self, kind, content):
        """Writes a blob and returns its descriptor."""
        if not isinstance(content, bytes):
            content = json.dumps(content, separators=(",", ":")).encode()
        digest = hashlib.sha256(content).hexdigest()
        (self.blobs / digest).write_bytes(content)
        return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": f"sha256:{digest}", "size": len(content)}


def layer(name, program, epoch):
    """A tar archive with the program and an empty directory /data, which belongs to the user of the image."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        data = tarfile.TarInfo("data")
        data.type, data.mode, data.uid, data.gid, data.mtime = tarfile.DIRTYPE, 0o755, 65534, 65534, epoch
        archive.addfile(data)
        file = tarfile.TarInfo(name)
        file.size, file.mode, file.mtime = len(program), 0o755, epoch
        archive.addfile(file, io.BytesIO(program))
    return buffer.getvalue()


def image(output, version, epoch, name, *programs):
    """The image contains only one program, and runs it as user 65534 in /data."""
    epoch = int(epoch)
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch))
    labels = {"title": name, "version": version, "licenses": LICENCE}
    labels = {f"org.opencontainers.image.{key}": value for key, value in labels.items()}
    settings = {"User": "65534:65534", "Entrypoint": [f"/{name}"], "WorkingDir": "/data", "Labels": labels}
    if name == "htpasswd-auth":
        settings |= {"ExposedPorts": {"8181/tcp": {}}, "StopSignal": "SIGTERM"}
    layout = Layout(output)
    manifests = []
    for argument in programs:
        architecture, program = argument.split("=", 1)
        platform = {"architecture": {"x86_64": "amd64", "aarch64": "arm64"}[architecture], "os": "linux"}
        archive = layer(name, Path(program).read_bytes(), epoch)
        config = {
            "created": created,
            **platform,
            "config": settings,
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(archive).hexdigest()}"]},
            "history": [{"created": created, "created_by": "packaging/release.sh"}],
        }
        manifest = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": layout.add("config.v1+json", config),
            "layers": [layout.add("layer.v1.tar+gzip", gzip.compress(archive, 9, mtime=0))],
        }
        manifests.append({**layout.add("manifest.v1+json", manifest), "platform": platform})
    index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": manifests}
    tag = {**layout.add("index.v1+json", index), "annotations": {"org.opencontainers.image.ref.name": version}}
    index |= {"manifests": [tag]}
    (Path(output) / "index.json").write_text(json.dumps(index, separators=(",", ":")))


if __name__ == "__main__":
    {"wheel": wheel, "windows": windows, "image": image}[sys.argv[1]](*sys.argv[2:])
