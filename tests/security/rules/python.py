# What the rules find and what they leave alone: semgrep --test reads the comments.
import hashlib
import os
import pickle
import random
import secrets
import ssl
import subprocess
import urllib.request
import uuid
import xml.etree.ElementTree

import defusedxml.ElementTree
import httpx
import structlog
from sqlalchemy import text

log = structlog.get_logger()
COLUMNS = "id, name"


def sql(name, connection):
    # ruleid: sql-by-format
    text(f"SELECT 1 FROM person WHERE name = '{name}'")
    # ruleid: sql-by-format
    text("SELECT 1 FROM person WHERE name = '%s'" % name)
    # ruleid: sql-by-format
    connection.execute(f"SELECT {COLUMNS} FROM person WHERE name = '{name}'")
    # ok: sql-by-format
    text(f"SELECT {COLUMNS} FROM person WHERE name = :name")


def programs(name):
    # ruleid: shell
    subprocess.run(f"cat {name}", shell=True)
    # ruleid: shell
    os.system("ls")
    # ok: shell
    subprocess.run(["cat", name])


def chance():
    # ruleid: chance-for-secrets
    random.choice("abc")
    # ruleid: chance-for-secrets
    uuid.uuid1()
    # ok: chance-for-secrets
    secrets.choice("abc")


def logged(config, token, queue):
    # ruleid: secret-in-log
    log.info("signed_in", session_token=token)
    # ruleid: secret-in-log
    log.warning("refused", what=config.secret.get_secret_value())
    # ok: secret-in-log
    log.info("signed_in", queue=queue)


def allowed(actor, roles):
    # ruleid: role-instead-of-policy
    if actor.role == "admin":
        return True
    # ruleid: role-instead-of-policy
    return "admin" in actor.roles


def same(token, wanted_token, kind):
    # ruleid: secrets-compared-in-variable-time
    if token == wanted_token:
        return True
    # ok: secrets-compared-in-variable-time
    return kind == "token"


def hashes(data):
    # ruleid: weak-hash
    hashlib.md5(data)
    # ok: weak-hash
    hashlib.sha256(data)


def reached(url):
    # ruleid: certificate-not-checked
    httpx.get(url, verify=False)
    # ruleid: certificate-not-checked
    mode = ssl.CERT_NONE
    # ruleid: redirects-followed
    httpx.AsyncClient(follow_redirects=True)
    # ruleid: redirects-followed
    urllib.request.urlopen(url)
    # ok: redirects-followed, certificate-not-checked
    httpx.AsyncClient(follow_redirects=False)
    return mode


def loaded(data):
    # ruleid: untrusted-loading
    pickle.loads(data)
    # ruleid: untrusted-loading
    eval(data)
    # ruleid: xml-with-entities
    xml.etree.ElementTree.fromstring(data)
    # ok: xml-with-entities
    defusedxml.ElementTree.fromstring(data)


def kept(response):
    # ruleid: cookie-without-guard
    response.set_cookie("kc", "x")
    # ok: cookie-without-guard
    response.set_cookie("kc", "x", secure=True, httponly=True, samesite="strict")
