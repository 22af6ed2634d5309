"""``python -m deploy.proxy --name kc.example.cz --certificate chain.pem --key key.pem`` writes nginx's configuration."""

import argparse

from deploy.proxy import configuration


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.proxy", description="nginx before KC")
    parser.add_argument("--name", required=True, help="the name that browsers ask for")
    parser.add_argument("--certificate", required=True, help="PEM file, with its chain")
    parser.add_argument("--key", required=True, help="PEM file of the certificate's key")
    parser.add_argument("--api", default="127.0.0.1:8080", help="address of the API (default: %(default)s)")
    parser.add_argument("--http-port", default="80")
    parser.add_argument("--https-port", default="443")
    parser.add_argument("--icis-ca", help="PEM file of the authority of ICIS's certificate; opens the port for it")
    parser.add_argument("--icis-port", default="8443", help="default: %(default)s")
    try:
        print(configuration(**vars(parser.parse_args())), end="")
    except ValueError as wrong:
        raise SystemExit(str(wrong)) from None


if __name__ == "__main__":
    main()
