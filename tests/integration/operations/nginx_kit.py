"""The nginx configuration that is shipped, run on this machine: only addresses and paths are other ones."""

import re
import shutil
import signal
import ssl
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from kit import free_port

from dashboard.settings import PROJECT

NAME = "sales.example.com"
SHIPPED = PROJECT / "deploy" / "nginx" / "salesgate.conf"
START_SECONDS = 20
MAIN = """
daemon off;
user root;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/salesgate.conf;
}}
"""


class Nginx:
    """nginx in front of the applications at ``ports``, with a certificate of its own making."""

    def __init__(self, folder: Path, ports: list[int]) -> None:
        self.folder, self.port, self.plain_port = folder, free_port(), free_port()
        folder.mkdir()
        _certify(folder)
        (folder / "salesgate.conf").write_text(self._substituted(ports))
        (folder / "nginx.conf").write_text(MAIN.format(folder=folder))
        self._process: subprocess.Popen[bytes] | None = None

    def _substituted(self, ports: list[int]) -> str:
        text = SHIPPED.read_text(encoding="utf-8")
        for number, port in enumerate(ports, 1):
            text = _once(text, f"server app{number}:8050", f"server 127.0.0.1:{port}")
        text = re.sub(r"\blisten 443\b", f"listen 127.0.0.1:{self.port}", text)
        text = re.sub(r"\blisten 80\b", f"listen 127.0.0.1:{self.plain_port}", text)
        return text.replace("/etc/nginx/tls/", f"{self.folder}/").replace("/var/log/nginx/", f"{self.folder}/")

    def start(self) -> None:
        program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
        assert program, "nginx is not installed. On Debian, as root: sh tests/install-debian.sh nginx"
        command = [program, "-c", str(self.folder / "nginx.conf"), "-p", str(self.folder)]
        checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stderr
        with (self.folder / "out").open("wb") as out:
            self._process = subprocess.Popen(command, stdout=out, stderr=out)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                with self.client() as client:
                    client.get("/nothing")
                return
            except httpx.TransportError:
                time.sleep(0.05)
        pytest.fail("nginx did not start in time")

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(timeout=START_SECONDS)

    def client(self, address: str = "127.0.0.1", **headers: str) -> httpx.Client:
        """Somebody at that address of this machine, who looks at the certificate."""
        context = ssl.create_default_context(cafile=str(self.folder / "salesgate.crt"))
        transport = httpx.HTTPTransport(verify=context, local_address=address, retries=0)
        made = httpx.Client(
            transport=transport,
            base_url=f"https://127.0.0.1:{self.port}",
            headers={"Host": NAME, **headers},
            timeout=30,
        )
        made.event_hooks["request"] = [_name]
        return made


def _name(request: httpx.Request) -> None:
    request.extensions["sni_hostname"] = NAME


def _once(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, f"{old} stands {text.count(old)} times in {SHIPPED}"
    return text.replace(old, new)


def _certify(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "salesgate.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "salesgate.key").write_bytes(private)
