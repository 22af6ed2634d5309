"""The reverse proxy's configuration for one installation."""

from pathlib import Path

TEMPLATE = Path(__file__).with_name("kc.conf")
FOR_ICIS = Path(__file__).with_name("icis.conf")


def configuration(
    *,
    name: str,
    certificate: str | Path,
    key: str | Path,
    api: str = "127.0.0.1:8080",
    http_port: int | str = 80,
    https_port: int | str = 443,
    icis_ca: str | Path | None = None,
    icis_port: int | str = 8443,
) -> str:
    """``certificate`` is a PEM file with its chain, ``api`` the address of the API, ``icis_ca`` a PEM file with the authority of
    the certificate by which ICIS is known: without one there is no door for it. Raises ValueError for what would end a word of
    the configuration."""
    values = {
        "NAME": name,
        "CERTIFICATE": str(certificate),
        "KEY": str(key),
        "API": api,
        "HTTP_PORT": str(http_port),
        "HTTPS_PORT": str(https_port),
    }
    made = TEMPLATE.read_text()
    if icis_ca is not None:
        values |= {"ICIS_CA": str(icis_ca), "ICIS_PORT": str(icis_port)}
        made += FOR_ICIS.read_text()
    for marker, value in values.items():
        if not value or any(ch in " \t\r\n;{}\"'$#" for ch in value):
            raise ValueError(f"{marker.lower()}: {value!r} cannot stand in the configuration")
        made = made.replace(f"@{marker}@", value)
    return made
