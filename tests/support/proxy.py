"""nginx with the configuration that we give to installations, in a folder of its own, with a certificate of its own authority."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from deploy.proxy import configuration
from tests.support.ports import free_port

NAME = "kc.localhost"
AROUND = """
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
worker_processes 1;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/kc.conf;
}}
"""


@dataclass
class Proxy:
    """``authority`` is the PEM file that a client has to trust; the name it asks for is ``NAME``."""

    http_port: int
    https_port: int
    authority: Path
    icis_port: int
    icis_certificate: tuple[Path, Path]
    """What ICIS shows, and its key."""

    @property
    def url(self) -> str:
        return f"https://{NAME}:{self.https_port}"


@contextlib.contextmanager
def proxy(api_port: int, folder: Path) -> Iterator[Proxy]:
    """Raises RuntimeError with nginx's words if it does not start."""
    http_port, https_port, icis_port = free_port(), free_port(), free_port()
    authority, certificate, key = certificates(folder)
    (folder / "icis").mkdir()
    icis_authority, *icis = certificates(folder / "icis", "icis.ozp.localhost")
    made = configuration(
        name=NAME,
        certificate=certificate,
        key=key,
        api=f"127.0.0.1:{api_port}",
        http_port=f"127.0.0.1:{http_port}",
        https_port=f"127.0.0.1:{https_port}",
        icis_ca=icis_authority,
        icis_port=f"127.0.0.1:{icis_port}",
    )
    (folder / "kc.conf").write_text(made)
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder))
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    process = subprocess.Popen(
        [nginx, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        until = time.monotonic() + 10
        while not _listens(https_port):
            if process.poll() is not None or time.monotonic() > until:
                process.kill()
                raise RuntimeError(f"nginx did not start: {process.communicate()[0]}")
            time.sleep(0.05)
        yield Proxy(http_port, https_port, authority, icis_port, (icis[0], icis[1]))
    finally:
        process.terminate()
        process.wait(10)


def certificates(folder: Path, name: str = NAME) -> tuple[Path, Path, Path]:
    """An authority's certificate, one for ``name`` with its chain, and its key."""
    now = datetime.now(UTC)
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of the tests")])

    def begun(name: x509.Name, public: ec.EllipticCurvePublicKey, days: int) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(root_name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        )

    root = (
        begun(root_name, root_key.public_key(), 365)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    leaf = (
        begun(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), key.public_key(), 90)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False
        )
        .sign(root_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    paths = folder / "authority.pem", folder / "chain.pem", folder / "key.pem"
    paths[0].write_bytes(root.public_bytes(pem))
    paths[1].write_bytes(leaf.public_bytes(pem) + root.public_bytes(pem))
    paths[2].touch(0o600)
    paths[2].write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return paths


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
