"""Asking a service over HTTP for a voice menu: only the hosts that are allowed, no redirects, small answers, in time."""

import asyncio
import json
from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx
import structlog

log = structlog.get_logger()
MOST_BYTES = 64 * 1024


class HttpLookUp:
    def __init__(self, hosts: frozenset[str]) -> None:
        """``hosts``: ``name`` or ``name:port``, exactly as addresses name them."""
        self._hosts = hosts

    async def ask(self, url: str, question: Mapping[str, str], timeout_s: float) -> dict[str, str] | None:
        if not self._allowed(url):
            log.warning("look_up_refused", host=_host(url))
            return None
        try:
            async with asyncio.timeout(timeout_s):
                return await self._post(url, question, timeout_s)
        except (TimeoutError, httpx.HTTPError, ValueError) as error:
            log.warning("look_up_without_answer", host=urlsplit(url).hostname, error=type(error).__name__)
            return None

    def _allowed(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
            named = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
        except ValueError:
            return False
        return parts.scheme in ("http", "https") and named in self._hosts

    async def _post(self, url: str, question: Mapping[str, str], timeout_s: float) -> dict[str, str] | None:
        async with (
            httpx.AsyncClient(timeout=timeout_s, follow_redirects=False, trust_env=False) as client,
            client.stream("POST", url, json=dict(question)) as answer,
        ):
            if answer.status_code != 200:
                log.warning("look_up_status", host=urlsplit(url).hostname, status=answer.status_code)
                return None
            body = bytearray()
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > MOST_BYTES:
                    return None
        found = json.loads(body)
        if not isinstance(found, dict):
            return None
        return {str(k): _text(v) for k, v in found.items() if isinstance(v, str | int | float | bool)}


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _text(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
