"""A real Active Directory for tests: Samba domain controllers on loopback addresses of their own (needs root for port 88).

``with Domain(folder) as domain`` provisions one in about 8 s; ``domain.start(n)`` starts a controller. All of them serve one
and the same provisioned directory, each from its own copy on its own address, as replicas do.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import shutil
import signal
import socket
import ssl
import subprocess
import time
from ipaddress import ip_address
from pathlib import Path

import ldap3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

REALM = "OZP.TEST"
DOMAIN = "ozp.test"
BASE = "DC=ozp,DC=test"
ADMIN = f"administrator@{DOMAIN}"
ADMIN_PASSWORD = "Adm1n.Heslo!"
READER = f"svcldap@{DOMAIN}"
READER_PASSWORD = "Ldap.Ctenar1"
SERVICES = [f"HTTP/kc.{DOMAIN}", "HTTP/localhost"]
"""The second one for browsers, which know the product as localhost."""
UP_WITHIN_S = 40.0
DISABLED, NORMAL = 0x202, 0x200


def missing() -> str | None:
    """What must be installed first, or None."""
    for program, package in (("samba-tool", "samba-ad-dc"), ("samba", "samba-ad-dc"), ("kinit", "krb5-user")):
        if shutil.which(program) is None and not Path(f"/usr/sbin/{program}").exists():
            return f"{program} is missing: apt-get install {package}"
    return None if os.geteuid() == 0 else "a domain controller needs port 88: run the tests as root"


class Authority:
    """Signs certificates of controllers."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.pem = self._sign(self._name, self._key, None).public_bytes(serialization.Encoding.PEM)

    def _sign(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, names: list[x509.GeneralName] | None):
        now = datetime.datetime.now(datetime.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=2))
            .add_extension(x509.BasicConstraints(ca=names is None, path_length=None), critical=True)
        )
        if names is not None:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self._key, hashes.SHA256())

    def certificate(self, folder: Path, *names: str) -> None:
        """Writes cert.pem and key.pem for these addresses and names."""
        key = ec.generate_private_key(ec.SECP256R1())
        alternatives: list[x509.GeneralName] = []
        for name in names:
            try:
                alternatives.append(x509.IPAddress(ip_address(name)))
            except ValueError:
                alternatives.append(x509.DNSName(name))
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        made = self._sign(subject, key, alternatives)
        (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (folder / "key.pem").write_bytes(private)
        (folder / "key.pem").chmod(0o600)


class Domain:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        # Addresses of this test run's own: several runs on one machine do not meet.
        self._net = f"127.{64 + os.getpid() % 64}.{os.getpid() // 64 % 250 + 1}"
        self.authority = Authority("OZP test authority")
        self.ca = folder / "ca.pem"
        self.ca.write_bytes(self.authority.pem)
        self.keytab = folder / "http.keytab"
        self.running: dict[int, subprocess.Popen] = {}

    def address(self, n: int) -> str:
        return f"{self._net}.{n}"

    def url(self, n: int, scheme: str = "ldaps") -> str:
        return f"{scheme}://{self.address(n)}"

    def __enter__(self) -> Domain:
        first = self.folder / "dc1"
        (first / "run").mkdir(parents=True)
        self._tool(
            "domain", "provision", f"--targetdir={first}", f"--realm={REALM}", "--domain=OZPTEST", "--server-role=dc",
            "--dns-backend=NONE", f"--adminpass={ADMIN_PASSWORD}", "--host-name=dc1", f"--host-ip={self.address(1)}",
            "--function-level=2008_R2", f"--option=posix:eadb={first}/eadb.tdb",
            "--option=server services=ldap,kdc,cldap", "--option=dcerpc endpoint servers=", "--option=tls enabled=yes",
            "--option=log level=0", f"--option=interfaces={self.address(1)}/8", "--option=bind interfaces only=yes",
            f"--option=pid directory={first}/run", f"--option=ncalrpc dir={first}/run/ncalrpc",
            "--option=tls keyfile=key.pem", "--option=tls certfile=cert.pem", "--option=tls cafile=ca.pem",
        )  # fmt: skip
        self._configure(first, 1)
        self._krb5()
        self.start(1)
        with self.admin(1) as admin:
            self._people(admin)
        for service in SERVICES:
            conf = f"{first}/etc/smb.conf"
            self._tool("domain", "exportkeytab", str(self.keytab), f"--principal={service}", "-s", conf)
        return self

    def __exit__(self, *_: object) -> None:
        for n in list(self.running):
            self.stop(n)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _tool(self, *arguments: str) -> None:
        done = subprocess.run(["samba-tool", *arguments], capture_output=True, text=True, timeout=110)
        assert done.returncode == 0, f"samba-tool {arguments[:2]}: {done.stderr[-1500:]}"

    def _configure(self, folder: Path, n: int) -> None:
        """The certificate of this address, signed by the authority that the product trusts."""
        tls = folder / "private" / "tls"
        tls.mkdir(exist_ok=True)
        self.authority.certificate(tls, self.address(n), f"dc{n}.{DOMAIN}")
        (tls / "ca.pem").write_bytes(self.authority.pem)
        conf = folder / "etc" / "smb.conf"
        text = conf.read_text()
        for name in ("key.pem", "cert.pem", "ca.pem"):
            text = text.replace(f"= {name}", f"= {tls / name}")
        conf.write_text(text)

    def _krb5(self) -> None:
        self.krb5_conf = self.folder / "krb5.conf"
        self.krb5_conf.write_text(
            f"[libdefaults]\n default_realm = {REALM}\n dns_lookup_kdc = false\n dns_lookup_realm = false\n rdns = false\n"
            " dns_canonicalize_hostname = false\n"
            f"[realms]\n {REALM} = {{\n  kdc = {self.address(1)}\n  kpasswd_server = {self.address(1)}\n }}\n"
            f"[domain_realm]\n .{DOMAIN} = {REALM}\n {DOMAIN} = {REALM}\n"
        )

    # ---- controllers

    def replica(self, n: int) -> None:
        """A copy of the first controller's directory on another address. The first one must be stopped or idle."""
        here, source = self.folder / f"dc{n}", self.folder / "dc1"
        shutil.copytree(source, here, ignore=shutil.ignore_patterns("msg.*", "*.pid", "ldapi", "ldap_priv", "smbd.tmp"))
        conf = here / "etc" / "smb.conf"
        conf.write_text(conf.read_text().replace(str(source), str(here)).replace(self.address(1), self.address(n)))
        self.authority.certificate(here / "private" / "tls", self.address(n), f"dc{n}.{DOMAIN}")

    def start(self, n: int) -> None:
        conf = self.folder / f"dc{n}" / "etc" / "smb.conf"
        self.running[n] = subprocess.Popen(
            ["/usr/sbin/samba", "-i", "-M", "single", "-s", str(conf), "--debug-stdout"],
            stdin=subprocess.PIPE,  # it ends when its standard input does
            stdout=(self.folder / f"dc{n}.log").open("wb"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        until = time.monotonic() + UP_WITHIN_S
        while not (self._open(n, 636) and self._open(n, 88)):
            assert time.monotonic() < until, (self.folder / f"dc{n}.log").read_text()[-2000:]
            time.sleep(0.05)

    def stop(self, n: int) -> None:
        process = self.running.pop(n)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
        if process.stdin:
            process.stdin.close()

    def _open(self, n: int, port: int) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex((self.address(n), port)) == 0

    # ---- people

    def admin(self, n: int = 1) -> ldap3.Connection:
        tls = ldap3.Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=str(self.ca))
        server = ldap3.Server(self.address(n), use_ssl=True, tls=tls, get_info=ldap3.NONE)
        return ldap3.Connection(server, ADMIN, ADMIN_PASSWORD, auto_bind=True, raise_exceptions=True, check_names=False)

    def _people(self, admin: ldap3.Connection) -> None:
        for login, password, given, family in (
            ("novak", "Novak.Heslo1", "Jan", "Novák"),
            ("dvorak", "Dvorak.Heslo1", "Dana", "Dvořáková"),
            ("cerny", "Cerny.Heslo1", "Petr", "Černý"),
            ("host", "Host.Heslo12", "Host", "Bez skupiny"),
            ("svcldap", READER_PASSWORD, "", ""),
            ("svchttp", "Http.Sluzba1", "", ""),
        ):
            self.add_user(admin, login, password, given, family)
        admin.modify(dn("svchttp"), {"servicePrincipalName": [(ldap3.MODIFY_ADD, SERVICES)]})
        for group in ("KC_Operatori", "KC_Supervizori", "KC_Vsichni"):
            admin.add(dn(group), ["top", "group"], {"sAMAccountName": group})
        self.join(admin, "KC_Operatori", "novak")
        self.join(admin, "KC_Supervizori", "dvorak", "cerny")
        self.join(admin, "KC_Vsichni", "KC_Operatori", "KC_Supervizori")

    def add_user(self, admin: ldap3.Connection, login: str, password: str, given: str = "", family: str = "") -> None:
        more = {"givenName": given, "sn": family, "displayName": f"{given} {family}"} if given else {}
        admin.add(
            dn(login),
            ["top", "person", "organizationalPerson", "user"],
            {
                "sAMAccountName": login,
                "userPrincipalName": f"{login}@{DOMAIN}",
                "unicodePwd": f'"{password}"'.encode("utf-16-le"),
                "userAccountControl": NORMAL,
                **more,
            },
        )

    def join(self, admin: ldap3.Connection, group: str, *members: str) -> None:
        admin.modify(dn(group), {"member": [(ldap3.MODIFY_ADD, [dn(m) for m in members])]})

    def leave(self, admin: ldap3.Connection, group: str, *members: str) -> None:
        admin.modify(dn(group), {"member": [(ldap3.MODIFY_DELETE, [dn(m) for m in members])]})

    def set(self, admin: ldap3.Connection, login: str, **attributes: object) -> None:
        admin.modify(dn(login), {name: [(ldap3.MODIFY_REPLACE, [value])] for name, value in attributes.items()})

    def sid(self, group: str) -> str:
        with self.admin() as admin:
            admin.search(BASE, f"(sAMAccountName={group})", attributes=["objectSid"])
            return ldap3.protocol.formatters.formatters.format_sid(admin.response[0]["raw_attributes"]["objectSid"][0])

    def ticket(self, login: str, password: str) -> dict[str, str]:
        """A real ticket of this user (kinit); the environment in which GSSAPI finds it."""
        cache = self.folder / f"{login}.ccache"
        environment = {**os.environ, "KRB5_CONFIG": str(self.krb5_conf), "KRB5CCNAME": f"FILE:{cache}"}
        done = subprocess.run(
            ["kinit", f"{login}@{REALM}"], input=f"{password}\n", text=True, capture_output=True, env=environment
        )
        assert done.returncode == 0, done.stderr
        return environment


def dn(name: str) -> str:
    return f"CN={name},CN=Users,{BASE}"
