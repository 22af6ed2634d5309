"""What the law gives a person: everything that is known, to take away; and to be forgotten."""

import asyncio
from collections.abc import Mapping
from datetime import date, datetime
from html import escape
from typing import Any, Protocol

import msgspec
import structlog

from backend.application.clients import shown
from backend.application.desk import PRAGUE, Desk
from backend.application.rounds import rounds
from backend.domain.access.fields import fields_seen
from backend.domain.access.policy import Actor
from backend.domain.customer.fields import Field
from backend.domain.customer.model import Client
from backend.domain.customer.values import display_name, in_words
from backend.domain.kernel.ids import ClientId, UserId
from backend.domain.kernel.refusal import Refusal, RefusalCode

log = structlog.get_logger()

SHORTEST_REASON, LONGEST_REASON = 5, 500
LOOK_EVERY_S = 600.0
"""For what holds have kept, and for what a process that died left undone."""


class Persons(Protocol):
    async def begin_erasure(
        self, client: ClientId, version: int, why: str, by: UserId, now: datetime
    ) -> Refusal | None: ...
    async def unfinished(self) -> list[ClientId]: ...
    async def erase_some(self, client: ClientId, now: datetime) -> bool: ...
    async def note_export(self, client: ClientId, why: str, by: UserId, now: datetime) -> Client | None: ...
    async def everything(self, client: ClientId) -> dict[str, list[dict[str, Any]]]: ...


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """Of what rows name by number."""

    staff: Mapping[int, str]
    queues: Mapping[int, str]
    categories: Mapping[int, str]


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """``json`` for programs, ``html`` to read; the same in both."""

    name: str
    json: dict[str, Any]
    html: str


class PersonData:
    def __init__(self, desk: Desk, persons: Persons) -> None:
        self.desk = desk
        self.persons = persons
        self._woken = asyncio.Event()

    async def export(self, id: ClientId, why: str, actor: Actor, names: Names) -> Export | Refusal:
        """Everything of which the actor may learn; who took it and why is in the log before anything is given."""
        why = why.strip()
        if not SHORTEST_REASON <= len(why) <= LONGEST_REASON:
            return Refusal(RefusalCode.BAD_INPUT, "reason")
        now = self.desk.clock()
        card = await self.persons.note_export(id, why, actor.user, now)
        if card is None:
            return Refusal(RefusalCode.NOT_FOUND, "client")
        fields = fields_seen(actor, self.desk.settings.clients.fields)
        whole = gathered(card, fields, await self.persons.everything(id), names, now)
        return Export(name=f"klient-{id}-{now.astimezone(PRAGUE):%Y%m%d}", json=whole, html=readable(whole))

    async def erase(self, id: ClientId, version: int, why: str, actor: Actor) -> ClientId | Refusal:
        """The card at once, contacts soon after. Asked again, nothing happens twice."""
        why = why.strip()
        if not SHORTEST_REASON <= len(why) <= LONGEST_REASON:
            return Refusal(RefusalCode.BAD_INPUT, "reason")
        refused = await self.persons.begin_erasure(id, version, why, actor.user, self.desk.clock())
        if refused is not None:
            return refused
        self._woken.set()
        return id

    async def run(self) -> None:
        """Carries erasures to their end, also those begun by a process that is no more."""
        await rounds(self.carry_out, self._woken, LOOK_EVERY_S, "erasure_failed")

    async def carry_out(self) -> None:
        for client in await self.persons.unfinished():
            while await self.persons.erase_some(client, self.desk.clock()):
                pass


def gathered(
    card: Client, fields: tuple[Field, ...], rows: dict[str, list[dict[str, Any]]], names: Names, now: datetime
) -> dict[str, Any]:
    """The export as plain data, keys in Czech: it is for the person."""
    values = shown(card, fields)
    known = {field.key: field for field in fields}

    def who(id: int | None) -> str:
        return names.staff.get(id or 0, "")

    def moment(at: datetime | None) -> str:
        return at.astimezone(PRAGUE).isoformat(timespec="seconds") if at else ""

    notes: dict[str, list[dict]] = {}
    for n in rows["notes"]:
        notes.setdefault(n["contact"], []).append(
            {"znění": n["version"], "text": n["text"], "autor": who(n["author"]), "kdy": moment(n["at"])}
        )
    recordings: dict[str, list[dict]] = {}
    for r in rows["recordings"]:
        recordings.setdefault(r["contact"], []).append(
            {
                "nahrávka": r["id"],
                "vzkaz": r["message"],
                "začátek": moment(r["started_at"]),
                "délka_s": round((r["duration_ms"] or 0) / 1000),
                "vymazána": moment(r["erased_at"]),
                "uchována_ze_zákona": r["held"],
            }
        )
    return {
        "vytvořeno": moment(now),
        "klient": {
            "číslo": card.id,
            "jméno": display_name(values),
            **{known[key].name: in_words(known[key], value) for key, value in values.items()},
        },
        "změny_karty": [
            {
                "znění": v["version"],
                "kdy": moment(v["at"]),
                "kdo": who(v["author"]),
                "pole": [
                    {"pole": known[key].name, "před": _said(known[key], before), "po": _said(known[key], after)}
                    for key, before, after in v["changes"]
                    if key in known
                ],
            }
            for v in rows["versions"]
        ],
        "poznámky_na_kartě": [
            {
                "poznámka": n["note"],
                "znění": n["version"],
                "text": n["text"],
                "autor": who(n["author"]),
                "kdy": moment(n["at"]),
            }
            for n in rows["card_notes"]
        ],
        "kontakty": [
            {
                "kontakt": c["id"],
                "kdy": moment(c["arrived_at"]),
                "konec": moment(c["ended_at"]),
                "kanál": c["channel"],
                "směr": c["direction"],
                "výsledek": c["outcome"] or "",
                "číslo": c["number"] or "",
                "fronta": names.queues.get(c["queue"] or 0, ""),
                "operátor": who(c["agent"]),
                "kategorie": names.categories.get(c["category"] or 0, ""),
                "ověřeno": [known[key].name for key in c["verified"] or () if key in known],
                "zadáno_v_menu": c["attributes"] or {},
                "poznámky": notes.get(c["id"], []),
                "nahrávky": recordings.get(c["id"], []),
            }
            for c in rows["contacts"]
        ],
        "zpětná_volání": [
            {"kdy": moment(c["requested_at"]), "číslo": c["number"], "stav": c["state"]} for c in rows["callbacks"]
        ],
    }


def _said(field: Field, value: Any) -> str:
    return in_words(field, tuple(value) if isinstance(value, list) else value)


def readable(whole: Mapping[str, Any]) -> str:
    """A page that opens in any browser and prints."""
    title = escape(str(whole["klient"]["jméno"]) or f"Klient č. {whole['klient']['číslo']}")
    body = "".join(
        f"<h2>{escape(_title(name))}</h2>{_html(part)}" for name, part in whole.items() if name != "vytvořeno"
    )
    return (
        f'<!doctype html><html lang="cs"><meta charset="utf-8"><title>{title}</title><style>'
        "body{font:14px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}dt{color:#555}dd{margin:0 0 .3em}"
        "dl{margin:0}li{margin:0 0 .8em;padding:.5em;border:1px solid #ccc;list-style:none}ul{padding:0}"
        f"</style><h1>{title}</h1><p>Výpis osobních údajů ke dni {escape(_day(whole['vytvořeno']))}.</p>{body}</html>"
    )


def _html(value: Any) -> str:
    if isinstance(value, Mapping):
        lines = [f"<dt>{escape(_title(k))}</dt><dd>{_html(v)}</dd>" for k, v in value.items() if v not in ("", [], {})]
        return f"<dl>{''.join(lines)}</dl>"
    if isinstance(value, list):
        return f"<ul>{''.join(f'<li>{_html(v)}</li>' for v in value)}</ul>" if value else "<p>Nic.</p>"
    if isinstance(value, bool):
        return "ano" if value else "ne"
    return escape(str(value)).replace("\n", "<br>")


def _title(key: str) -> str:
    return key[:1].upper() + key[1:].replace("_", " ")


def _day(moment: str) -> str:
    day = date.fromisoformat(moment[:10])
    return f"{day.day}. {day.month}. {day.year}"
