"""What the command prints: cycles, lists, the collector reference."""
from __future__ import annotations

import ast
import os
import socket
from datetime import datetime, timezone

from . import registry
from .judge import number

UNTRIED = "Not tried on the real thing: "
EVERYWHERE = "every system"


def cycle_text(results, origin: str) -> str:
    """Return a cycle for people: the host, then every check with state, summary and values."""
    head = f"{socket.gethostname()}  {datetime.now(timezone.utc).astimezone():%Y-%m-%d %H:%M:%S %z}  ({origin})"
    return '\n\n'.join([head, *map(result_text, results)])


def result_text(result) -> str:
    """Return one judged check: state, name, summary, then a line for each thing it looked at."""
    summary = f": {result.summary}" if result.summary else ''
    lines = [f"{result.state.word.upper():<9}{result.check.name} [{result.check.kind}]{summary}"]
    units = registry.load(result.check.kind).units if result.readings else {}
    for reading in result.readings:
        values = '  '.join(f"{metric} {number(value, units.get(metric, ''))}" for metric, value in reading.values.items())
        label = f"{reading.item}  " if reading.item else ''
        if label or values:
            lines.append(f"         {label}{values}".rstrip())
    return '\n'.join(lines)


def list_text(collectors) -> str:
    """Return one line a collector, its settings below."""
    lines = []
    for one in collectors:
        lines.append(f"{one.kind:<14}{one.title}: {one.help}")
        for setting in one.describe()['settings']:
            default = "required" if setting['required'] else f"default {setting['default']!r}"
            lines.append(f"{'':<14}{setting['name']} ({setting['type']}, {default}): {setting['help']}")
    return '\n'.join(lines)


def markdown(collectors) -> str:
    """Return the collector reference; ``docs/collectors.md`` holds exactly this."""
    parts = ["# Collectors\n\nWhat the agent can look at. Made by `itc-agent collectors --markdown`; the text of each chapter is the manual in its file.\n"]
    parts += [_chapter(one) for one in collectors]
    parts.append(_untried([one.kind for one in collectors]))
    return '\n'.join(parts)


def _untried(kinds) -> str:
    """Return the list of what no test has met for real, from the manuals' own words."""
    lines = ["## Not tried on the real thing\n", "What these rest on so far are recorded or constructed answers. Look twice where you rely on them first.\n",
             "| collector | on | not tried |", "|---|---|---|"]
    for kind in kinds:
        for platform, text in _texts(kind).items():
            found = untried(text)
            if found:
                lines.append(f"| `{kind}` | {platform} | {_cell(found)} |")
    return '\n'.join(lines) + '\n'


def untried(text: str) -> str:
    """Return what a manual says was not tried for real, to the end of its paragraph; wherever its lines break.

    >>> untried('Tried on: a. Not tried on the real\\nthing: b,\\nc.\\n\\nMore.'), untried('Tried on: a.')
    ('b, c.', '')
    """
    parts = (' '.join(one.split()) for one in text.split('\n\n'))
    return next((one.partition(UNTRIED)[2] for one in parts if UNTRIED in one), '')


def _chapter(one) -> str:
    described = one.describe()
    lines = [f"## `{one.kind}`: {one.title}\n", *_manuals(one.kind),
             f"Looked at every {one.every_s} s unless the server says otherwise.\n"]
    if described['settings']:
        lines += ["| setting | type | default | meaning |", "|---|---|---|---|"]
        for row in described['settings']:
            default = "required" if row['required'] else f"`{row['default']!r}`"
            lines.append(f"| `{row['name']}` | {row['type']} | {default} | {_cell(row['help'])} |")
        lines.append('')
    lines += ["| metric | unit | meaning |", "|---|---|---|"]
    lines += [f"| `{row['name']}` | {row['unit'] or '–'} | {_cell(row['help'])} |" for row in described['metrics']]
    if described['limits']:
        lines += ['', "| limit unless set | warning | critical |", "|---|---|---|"]
        lines += [f"| `{row['metric']} {row['op']}` | {number(row['warning'])} | {number(row['critical'])} |" for row in described['limits']]
    return '\n'.join(lines) + '\n'


def _manuals(kind: str) -> list[str]:
    """Return the manual of a kind, one for each system when they differ."""
    texts = _texts(kind)
    return [part for platform, text in texts.items() for part in ((f"On {platform}: {text}" if platform != EVERYWHERE else text), '')]


def _texts(kind: str) -> dict[str, str]:
    """Return system to manual of a kind; read from the files, which need not run here."""
    modules = {platform: registry.kinds(platform).get(kind) for platform in registry.PLATFORMS}
    texts = {}
    for platform, module in modules.items():
        if module:
            with open(os.path.join(registry.FOLDER, f'{module}.py'), encoding='utf-8') as file:
                text = ast.get_docstring(ast.parse(file.read()))
            texts[EVERYWHERE if module == kind else platform.capitalize()] = text
    return texts


def _cell(text: str) -> str:
    return text.replace('|', '\\|')
