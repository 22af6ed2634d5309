"""A real Active Directory for tests: Samba domain controllers on loopback addresses of their own (needs root for port 88).

``with Domain(folder) as domain`` provisions one in about 8 s and starts its first controller. ``domain.add_controller(n)`` joins
another one to the domain: a machine account and a database of its own, filled and kept up to date by replication in both ways.
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
import uuid
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
AS_ADMIN = [f"--username=administrator@{REALM}", f"--password={ADMIN_PASSWORD}"]
SERVICES = [f"HTTP/kc.{DOMAIN}", "HTTP/localhost"]
"""The second one for browsers, which know the product as localhost."""
UP_WITHIN_S = 40.0
REPLICATED_WITHIN_S = 30.0
SERVICES_OF_ONE = "rpc,ldap,kdc,cldap,drepl,kcc"
REMOTE_CALLS = "epmapper,drsuapi,samr,lsarpc,netlogon"
"""What a controller that joins, and replication, ask for."""
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
        self.hosts = folder / "hosts"
        """Stands in the place of /etc/hosts where controllers look for each other: there is no name server here."""
        self.hosts.write_text("127.0.0.1 localhost\n")
        self.running: dict[int, subprocess.Popen] = {}

    def address(self, n: int) -> str:
        return f"{self._net}.{n}"

    def url(self, n: int, scheme: str = "ldaps") -> str:
        return f"{scheme}://{self.address(n)}"

    def __enter__(self) -> Domain:
        first = self._folder(1)
        self._krb5(1)
        self._tool(
            "domain", "provision", f"--targetdir={first}", f"--realm={REALM}", "--domain=OZPTEST", "--server-role=dc",
            f"--adminpass={ADMIN_PASSWORD}", "--host-name=dc1", f"--host-ip={self.address(1)}",
            "--function-level=2008_R2", *self._options(1),
        )  # fmt: skip
        self._configure(1)
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

    def _tool(self, *arguments: str, program: str = "samba-tool", tries: int = 1) -> None:
        done = subprocess.run(
            self._among_controllers(program, *arguments),
            capture_output=True,
            text=True,
            timeout=110,
            env=self._environment(),
        )
        if done.returncode != 0 and tries > 1:
            time.sleep(1)
            return self._tool(*arguments, program=program, tries=tries - 1)
        assert done.returncode == 0, f"{program} {arguments[:2]}: {done.stdout[-1000:]} {done.stderr[-1500:]}"

    def _among_controllers(self, *command: str) -> list[str]:
        """Where the names of the controllers are known."""
        known = 'mount --bind "$0" /etc/hosts && exec "$@"'
        return ["unshare", "--mount", "sh", "-c", known, str(self.hosts), *command]

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "KRB5_CONFIG": str(self.krb5_conf)}

    def _folder(self, n: int) -> Path:
        folder = self.folder / f"dc{n}"
        (folder / "run").mkdir(parents=True, exist_ok=True)
        return folder

    def _options(self, n: int) -> list[str]:
        folder = self._folder(n)
        options = {
            "posix:eadb": f"{folder}/eadb.tdb",
            "server services": SERVICES_OF_ONE,
            "dcerpc endpoint servers": REMOTE_CALLS,
            "tls enabled": "yes",
            "log level": "0",
            "interfaces": f"{self.address(n)}/8",
            "bind interfaces only": "yes",
            "pid directory": f"{folder}/run",
            "ncalrpc dir": f"{folder}/run/ncalrpc",
            # Changes are fetched every two seconds; who replicates from whom is found out once, when one starts.
            "dreplsrv:periodic_startup_interval": "1",
            "dreplsrv:periodic_interval": "2",
            "kccsrv:periodic_startup_interval": "1",
            "samba kcc command": f"/usr/sbin/samba_kcc -s {folder}/etc/smb.conf",
        }
        return ["--dns-backend=NONE", *(f"--option={name}={value}" for name, value in options.items())]

    def _configure(self, n: int) -> None:
        """The certificate of this address, signed by the authority that the product trusts."""
        folder = self._folder(n)
        tls = folder / "private" / "tls"
        tls.mkdir(exist_ok=True)
        self.authority.certificate(tls, self.address(n), f"dc{n}.{DOMAIN}")
        (tls / "ca.pem").write_bytes(self.authority.pem)
        files = {"keyfile": "key.pem", "certfile": "cert.pem", "cafile": "ca.pem"}
        lines = "".join(f"\ttls {name} = {tls / file}\n" for name, file in files.items())
        conf = folder / "etc" / "smb.conf"
        head, section, rest = conf.read_text().partition("[global]\n")
        assert section, head
        conf.write_text(head + section + lines + rest)
        self._known_as(n, f"dc{n}.{DOMAIN}", f"dc{n}")

    def _known_as(self, n: int, *names: str) -> None:
        with self.hosts.open("a") as hosts:
            hosts.write(f"{self.address(n)} {' '.join(names)}\n")

    def _krb5(self, *controllers: int) -> None:
        self.krb5_conf = self.folder / "krb5.conf"
        kdcs = "".join(f"  kdc = {self.address(n)}\n" for n in controllers)
        # Controllers name the realm of their partners in small letters, which makes no difference to a name server.
        realms = "".join(
            f" {name} = {{\n{kdcs}  kpasswd_server = {self.address(1)}\n }}\n" for name in (REALM, REALM.lower())
        )
        self.krb5_conf.write_text(
            f"[libdefaults]\n default_realm = {REALM}\n dns_lookup_kdc = false\n dns_lookup_realm = false\n rdns = false\n"
            " dns_canonicalize_hostname = false\n"
            f"[realms]\n{realms}"
            f"[domain_realm]\n .{DOMAIN} = {REALM}\n {DOMAIN} = {REALM}\n"
        )

    # ---- controllers

    def add_controller(self, n: int) -> None:
        """Joins the domain at the first controller, which must be running, and starts; replication goes both ways then."""
        folder = self._folder(n)
        self._krb5(1, n)
        self._tool(
            "domain", "join", DOMAIN, "DC", f"--targetdir={folder}", f"--server=dc1.{DOMAIN}", *AS_ADMIN,
            f"--option=netbios name=dc{n}", *self._options(n),
        )  # fmt: skip
        self._configure(n)
        for controller in (1, n):
            self._known_as(controller, f"{self._guid(controller)}._msdcs.{DOMAIN}")
        # Of itself the first one does so with the name server that is not there.
        self._tool("-s", f"{self._folder(1)}/etc/smb.conf", program="/usr/sbin/samba_spnupdate")
        self.start(n)
        for controller in (1, n):
            # a controller that has just started is busy with the same of itself, and may not answer in time
            self._tool("drs", "kcc", f"dc{controller}.{DOMAIN}", *AS_ADMIN, tries=5)

    def _guid(self, n: int) -> str:
        """By which partners know a controller, as the first one has it."""
        settings = f"CN=NTDS Settings,CN=DC{n},CN=Servers,CN=Default-First-Site-Name,CN=Sites,CN=Configuration,{BASE}"
        with self.admin(1) as admin:
            admin.search(settings, "(objectClass=*)", search_scope=ldap3.BASE, attributes=["objectGUID"])
            return str(uuid.UUID(bytes_le=admin.response[0]["raw_attributes"]["objectGUID"][0]))

    def until_at(self, n: int, filter: str, attribute: str, value: str) -> None:
        """Waits until a change made at another controller has come here by replication."""
        until = time.monotonic() + REPLICATED_WITHIN_S
        with self.admin(n) as admin:
            while True:
                admin.search(BASE, filter, attributes=[attribute])
                found = [r["raw_attributes"][attribute] for r in admin.response if r["type"] == "searchResEntry"]
                if any(value.encode() in values for values in found):
                    return
                assert time.monotonic() < until, f"controller {n}: {filter} has {attribute} {found}, not {value}"
                time.sleep(0.2)

    def start(self, n: int) -> None:
        conf = self.folder / f"dc{n}" / "etc" / "smb.conf"
        self.running[n] = subprocess.Popen(
            self._among_controllers("/usr/sbin/samba", "-i", "-M", "single", "-s", str(conf), "--debug-stdout"),
            stdin=subprocess.PIPE,  # it ends when its standard input does
            stdout=(self.folder / f"dc{n}.log").open("wb"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=self._environment(),
        )
        until = time.monotonic() + UP_WITHIN_S
        while not (self._open(n, 636) and self._open(n, 88)):
            assert time.monotonic() < until, (self.folder / f"dc{n}.log").read_text()[-2000:]
            time.sleep(0.05)

    def hang(self, n: int) -> None:
        """It takes connections and says nothing any more."""
        os.killpg(self.running[n].pid, signal.SIGSTOP)

    def go_on(self, n: int) -> None:
        os.killpg(self.running[n].pid, signal.SIGCONT)

    def stop(self, n: int) -> None:
        """As by ``kill -9``."""
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
