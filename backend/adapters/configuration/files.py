"""The configuration as a folder of YAML files for review: an object a file, a folder a kind, the same bytes for the same settings."""

import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import yaml

from backend.adapters.configuration.documents import Snapshot
from backend.adapters.configuration.kinds import NAMES, Document
from backend.adapters.configuration.shape import name_in
from backend.adapters.configuration.writing import Wrong

LONGEST_NAME = 120
HEAD = "kc-configuration"
FORMAT = 1


class Found(msgspec.Struct, frozen=True):
    """A document and where it stands; ``lines`` of its fields by path."""

    kind: str
    name: str
    document: Document
    path: Path
    lines: dict[str, int]

    def line(self, field: str) -> int:
        """Of the field, or of the nearest that has it."""
        parts = field.split(".")
        while parts:
            if (line := self.lines.get(".".join(parts))) is not None:
                return line
            parts.pop()
        return 1


class _Dumper(yaml.CSafeDumper):
    pass


def _text(dumper: yaml.Dumper, value: str) -> yaml.Node:
    """Texts of several lines as blocks: they are what people read."""
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


def text_of(document: Document) -> str:
    return yaml.dump(
        document, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110, default_flow_style=False, indent=2
    )


def file_name(name: str) -> str:
    """Readable, and safe on any disk; long ones keep their beginning and a mark."""
    safe = "".join(c if c.isalnum() or c in " -_.+" else f"%{ord(c):02X}" for c in name).strip(". ") or "%20"
    if len(safe.encode()) > LONGEST_NAME or safe != safe.strip():
        safe = f"{safe.encode()[:LONGEST_NAME].decode(errors='ignore').strip()}~{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return f"{safe}.yaml"


def write(folder: Path, now: Snapshot) -> int:
    """Makes the folder what the configuration is; how many files. Raises FileExistsError on a folder that is something else."""
    if folder.exists() and any(folder.iterdir()) and not (folder / HEAD).exists():
        raise FileExistsError(f"{folder} is not empty and no exported configuration")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / HEAD).write_text(f"{FORMAT}\n")
    for kind in NAMES:
        shutil.rmtree(folder / kind, ignore_errors=True)
    for thing in now.values():
        path = folder / thing.kind / file_name(thing.name)
        path.parent.mkdir(exist_ok=True)
        path.write_text(text_of(thing.document), encoding="utf-8")
    return len(now)


def read(folder: Path) -> tuple[list[Found], list[tuple[Path, int, str]]]:
    """What the folder says, and what is no document: file, line, why."""
    found: list[Found] = []
    wrong: list[tuple[Path, int, str]] = []
    if not (folder / HEAD).exists() or (folder / HEAD).read_text().strip() != str(FORMAT):
        return [], [(folder / HEAD, 1, f"no exported configuration of format {FORMAT}")]
    seen: dict[tuple[str, str], Path] = {}
    for path in sorted(folder.rglob("*")):
        kind = path.parent.name
        if (
            path.is_dir()
            or path == folder / HEAD
            or any(part.startswith(".") for part in path.relative_to(folder).parts)
        ):
            continue
        if path.parent.parent != folder or kind not in NAMES or path.suffix != ".yaml":
            wrong.append((path, 1, "this is no part of a configuration"))
            continue
        try:
            text = path.read_text(encoding="utf-8")
            document = yaml.load(text, Loader=yaml.CSafeLoader)
            node = yaml.compose(text, Loader=yaml.CSafeLoader)
        except yaml.MarkedYAMLError as error:
            wrong.append((path, error.problem_mark.line + 1 if error.problem_mark else 1, error.problem or "no YAML"))
            continue
        except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
            wrong.append((path, 1, str(error)))
            continue
        name = name_in(kind, document) if isinstance(document, dict) else None
        if name is None:
            wrong.append((path, 1, "it does not say its name"))
            continue
        if (kind, name) in seen:
            wrong.append((path, 1, f"{seen[kind, name].name} is the same object"))
            continue
        seen[kind, name] = path
        lines: dict[str, int] = {}
        _places(node, "", lines)
        found.append(Found(kind, name, document, path, lines))
    return found, wrong


def _places(node: Any, path: str, lines: dict[str, int]) -> None:
    if path:
        lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            below = f"{path}.{key.value}" if path else str(key.value)
            _places(value, below, lines)
            lines[below] = key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for n, value in enumerate(node.value):
            _places(value, f"{path}.{n}", lines)


def placed(wrong: Iterable[Wrong], found: Iterable[Found]) -> list[tuple[str, int, str, str]]:
    """Problems with their file and line: file, line, field, why."""
    files = {(x.kind, x.name): x for x in found}
    placed = []
    for each in wrong:
        file = files.get((each.kind, each.name))
        place = (str(file.path), file.line(each.field)) if file else (f"{each.kind}/{each.name}".strip("/") or "-", 0)
        placed.append((*place, each.field, each.why))
    return placed
