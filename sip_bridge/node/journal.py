"""What the control process must not forget when it is killed: one SQLite file.

Reports wait here until the backend has acknowledged them; answered commands stand here so that a repeated one gets the
first answer; dialogs and legs stand here so that a new control process can take the calls over. Writes are collected and
committed together once a turn of the event loop (``flush``), before anything that depends on them leaves the process.
"""

import sqlite3
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from sip_bridge.contract import CommandDone, CommandRefused, LegEvent, Report

ANSWERS_KEPT = 5000

_report = msgspec.json.Decoder(Report)
_answer = msgspec.json.Decoder(CommandDone | CommandRefused)
_encode = msgspec.json.Encoder().encode


class Journal:
    """``boot`` names this outbox for ever: a new file is a new boot and counts from 1."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript(
            """
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = NORMAL;
            CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
            CREATE TABLE IF NOT EXISTS outbox (seq INTEGER PRIMARY KEY, report BLOB NOT NULL);
            CREATE TABLE IF NOT EXISTS answer (n INTEGER PRIMARY KEY, command TEXT UNIQUE NOT NULL, answer BLOB NOT NULL);
            CREATE TABLE IF NOT EXISTS kept (kind TEXT, id TEXT, value BLOB NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID;
            """
        )
        found = self._db.execute("SELECT value FROM meta WHERE name = 'boot'").fetchone()
        self.boot = found[0] if found else str(uuid.uuid4())
        if found is None:
            self._db.execute("INSERT INTO meta VALUES ('boot', ?), ('seq', '0')", (self.boot,))
        last = self._db.execute("SELECT max(seq) FROM outbox").fetchone()[0] or 0
        written = int(self._db.execute("SELECT value FROM meta WHERE name = 'seq'").fetchone()[0])
        self.seq = max(last, written)
        self._open = False

    # ---- reports

    def report(self, event: LegEvent, at: datetime | None = None) -> Report:
        self.seq += 1
        made = Report(seq=self.seq, at=at or datetime.now(UTC), event=event)
        self._do("INSERT INTO outbox VALUES (?, ?)", (made.seq, _encode(made)))
        return made

    def unacknowledged(self) -> Iterator[Report]:
        for (raw,) in self._db.execute("SELECT report FROM outbox ORDER BY seq").fetchall():
            yield _report.decode(raw)

    def acknowledged(self, seq: int) -> None:
        self._do("UPDATE meta SET value = ? WHERE name = 'seq'", (str(self.seq),))
        self._do("DELETE FROM outbox WHERE seq <= ?", (seq,))

    # ---- commands

    def answer_to(self, command: str) -> CommandDone | CommandRefused | None:
        found = self._db.execute("SELECT answer FROM answer WHERE command = ?", (command,)).fetchone()
        return _answer.decode(found[0]) if found else None

    def answered(self, answer: CommandDone | CommandRefused) -> None:
        self._do("INSERT OR IGNORE INTO answer (command, answer) VALUES (?, ?)", (answer.command, _encode(answer)))
        self._do("DELETE FROM answer WHERE n <= (SELECT max(n) FROM answer) - ?", (ANSWERS_KEPT,))

    # ---- dialogs and legs

    def keep(self, kind: str, id: str, value: bytes) -> None:
        self._do("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", (kind, id, value))

    def forget(self, kind: str, id: str) -> None:
        self._do("DELETE FROM kept WHERE kind = ? AND id = ?", (kind, id))

    def kept(self, kind: str) -> dict[str, bytes]:
        return dict(self._db.execute("SELECT id, value FROM kept WHERE kind = ?", (kind,)).fetchall())

    # ---- commit

    def _do(self, sql: str, values: tuple) -> None:
        if not self._open:
            self._db.execute("BEGIN IMMEDIATE")
            self._open = True
        self._db.execute(sql, values)

    def flush(self) -> None:
        """Everything noted so far survives the death of this process."""
        if self._open:
            self._db.execute("COMMIT")
            self._open = False

    def close(self) -> None:
        self.flush()
        self._db.close()
