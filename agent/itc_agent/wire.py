"""The agent's half of docs/protocol.md: canonical JSON, shapes, cycles, events, reports, configurations. Pure.

A record is kept and sent as the text of a JSON object; its ``seq`` is put in front when it is read back from the spool, so that one and the
same record always goes out as the same bytes.
"""
from __future__ import annotations

import hashlib
import json
import math
import re
from datetime import datetime, timezone

from . import registry
from .errors import RegistryError
from .judge import clip, counted
from .results import Check, State

PROTO = 1
MAX_BODY_BYTES = 262_144
# Two shapes and two records of this size still fit one report, so nothing can become too big to send.
MAX_PART_BYTES = 60_000
MAX_CHECKS, MAX_SERIES = 500, 2000
MAX_ITEM, MAX_UNIT, MAX_EVENT_BYTES = 120, 16, 4096
MAX_BACKUP_FILES, MAX_BACKUP_BYTES = 200, 49_152
MAX_INT = 2 ** 53
MAX_TRIES = 10
_METRIC = re.compile(r'[a-z0-9_.:-]{1,80}')
_TRY_ID = re.compile('[0-9a-f]{32}')
_CONTROL = re.compile('[\x00-\x08\x0b-\x1f\x7f]')


def canonical(value) -> str:
    """Return the one JSON text of ``value``: sorted keys, no spaces, UTF-8 not escaped, no NaN.

    >>> canonical({'b': [1, None], 'a': 'é'})
    '{"a":"é","b":[1,null]}'
    """
    return json.dumps(value, sort_keys=True, separators=(',', ':'), ensure_ascii=False, allow_nan=False)


def timestamp(when: datetime) -> str:
    """Return an aware datetime as the wire has it.

    >>> timestamp(datetime(2026, 11, 23, 5, 12, 44, 120000, timezone.utc))
    '2026-11-23T05:12:44.120+00:00'
    """
    return when.astimezone(timezone.utc).isoformat(timespec='milliseconds')


def clean_text(text, length: int) -> str:
    """Return ``text`` without control characters and lone surrogates, cut to ``length``."""
    text = str(text).encode('utf-8', 'replace').decode('utf-8')
    return clip(_CONTROL.sub(' ', text), length)


def clean_value(value):
    """Return a number that the wire can carry, or None: finite, rounded to 4 places, whole ones within 2^53.

    >>> clean_value(float('nan')), clean_value(1.23456), clean_value(2 ** 60), clean_value(True)
    (None, 1.2346, None, 1)
    """
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        value = round(value, 4)
        return value if abs(value) <= MAX_INT else None
    if isinstance(value, int):
        return int(value) if abs(value) <= MAX_INT else None
    return None


def shape_id(checks: list, series: list) -> str:
    """Return the name of a shape: 16 hex digits of the SHA-256 of its canonical JSON."""
    text = canonical({'checks': checks, 'series': series})
    return hashlib.sha256(text.encode('utf-8')).hexdigest()[:16]


def is_shape(text: str) -> bool:
    """Tell whether the text of a shape is still the one its id was made of."""
    try:
        shape = json.loads(text)
        return shape['id'] == shape_id(shape['checks'], shape['series'])
    except (ValueError, TypeError, KeyError):
        return False


def build_cycles(results, ts: str, mono: float) -> list[tuple[str, str, str]]:
    """Return the cycle records of these results as ``(shape id, shape text, record text)``.

    Mostly one; more when the results would not fit one record. A check alone too big keeps its state and loses its last series, and says so.

    :param results: judged checks that the server knows (``check.ident`` is a number)
    """
    groups, group, room = [], [], None
    for result in results:
        part = _part(result)
        if room is None or not _fits(room, part):
            group, room = [], [MAX_CHECKS, MAX_SERIES, MAX_PART_BYTES]
            groups.append(group)
        group.append(part)
        room = [room[0] - 1, room[1] - len(part['series']), room[2] - part['bytes']]
    return [_cycle(group, ts, mono) for group in groups]


def _fits(room, part) -> bool:
    return room[0] >= 1 and room[1] >= len(part['series']) and room[2] >= part['bytes']


def _part(result) -> dict:
    """Return what one result adds to a cycle: check, state, text, series ``(item, metric, unit, value)`` and its size in bytes."""
    units = registry.load(result.check.kind).units if result.readings else {}
    series, seen, used, left_out = [], set(), 0, 0
    for reading in result.readings:
        item = clean_text(reading.item, MAX_ITEM)
        for metric, value in reading.values.items():
            if (item, metric) in seen or not _METRIC.fullmatch(metric):
                continue
            cost = len(item.encode('utf-8')) + len(metric) + 60
            if len(series) >= MAX_SERIES or used + cost > MAX_PART_BYTES - 2000:
                left_out += 1
                continue
            seen.add((item, metric))
            series.append((item, metric, units.get(metric, '')[:MAX_UNIT], clean_value(value)))
            used += cost
    text = clean_text(result.summary, 300)
    if left_out:
        text = clean_text(f"{counted(left_out, 'value')} left out (too many for one report); {result.summary}", 300)
    return {'check': result.check.ident, 'state': int(result.state), 'text': text, 'series': series, 'left_out': left_out,
            'bytes': used + len(text.encode('utf-8')) + 40}


def _cycle(group, ts: str, mono: float) -> tuple[str, str, str]:
    checks = [part['check'] for part in group]
    series = [[index, item, metric, unit] for index, part in enumerate(group) for item, metric, unit, _value in part['series']]
    ident = shape_id(checks, series)
    record = {
        'type': 'cycle', 'ts': ts, 'mono': round(mono, 3), 'shape': ident,
        'values': [value for part in group for *_names, value in part['series']],
        'states': ''.join(str(part['state']) for part in group),
        'texts': {str(index): _text(part) for index, part in enumerate(group) if _text(part)},
    }
    return ident, canonical({'id': ident, 'checks': checks, 'series': series}), canonical(record)


def _text(part) -> str:
    return part['text'] or ('' if part['state'] == State.OK else "no details")


def collector_parts(listed: list) -> tuple[list, list]:
    """Return the data of the ``collectors`` events for a list, and the kinds that fit none: one event when all fit, else as few as possible.

    >>> collector_parts([{'kind': 'disk'}])
    ([{'collectors': [{'kind': 'disk'}]}], [])
    """
    if _is_event_size({'collectors': listed}):
        return [{'collectors': listed}], []
    kinds, parts, too_long = [one['kind'] for one in listed], [], []
    for one in listed:
        if not _is_event_size({'collectors': [one], 'kinds': kinds}):
            too_long.append(one['kind'])
        elif parts and _is_event_size({'collectors': [*parts[-1]['collectors'], one], 'kinds': kinds}):
            parts[-1]['collectors'].append(one)
        else:
            parts.append({'collectors': [one], 'kinds': kinds})
    return parts, too_long


def discovered_parts(rev: int, findings, blind: dict) -> list[dict]:
    """Return the data of the ``discovered`` events for what was found: one when all fits, else as few as possible, each with the keys of all.

    :param findings: as ``discovery`` has them, few enough for their keys to fit one event
    :param blind: family to the reason why it could not be looked at

    >>> discovered_parts(0, [{'key': 'ups:a'}], {})
    [{'rev': 0, 'findings': [{'key': 'ups:a'}], 'blind': []}]
    """
    told = [{'family': family, 'why': why} for family, why in blind.items()]
    whole = {'rev': rev, 'findings': list(findings), 'blind': told}
    if _is_event_size(whole):
        return [whole]
    head = {'rev': rev, 'keys': [one['key'] for one in findings], 'blind': told}
    if len(canonical(head)) > MAX_EVENT_BYTES // 2:
        # Which families could not be looked at has to stand in each part; of the reasons a beginning will do.
        head['blind'] = [{**one, 'why': clip(one['why'], 40)} for one in told]
    parts = [{**head, 'findings': []}]
    for one in findings:
        if _is_event_size({**parts[-1], 'findings': [*parts[-1]['findings'], one]}):
            parts[-1]['findings'].append(one)
        elif _is_event_size({**head, 'findings': [one]}):
            parts.append({**head, 'findings': [one]})
    return parts


def _is_event_size(data: dict) -> bool:
    return len(canonical(data).encode('utf-8')) <= MAX_EVENT_BYTES


def build_event(kind: str, data: dict, ts: str, mono: float) -> str:
    """Return an event record; data over 4,096 bytes loses the end of its lists, then of its texts."""
    data = _clean_data(data, 1000)
    for length in (64, 16, 4, 0):
        if _is_event_size(data):
            break
        data = {key: value[:length] if isinstance(value, list) else clip(value, 200) if isinstance(value, str) else value
                for key, value in data.items()}
    return canonical({'type': 'event', 'ts': ts, 'mono': round(mono, 3), 'kind': kind, 'data': data})


def backup_event(check: int, backups: dict, ts: str, mono: float) -> str:
    """Return the event record of what lies in a place of backups; of too many the oldest are left out.

    :param backups: ``count`` and ``files``, the newest first; texts as long as docs/protocol.md allows; ``unmounted`` where nothing can be told of them
    """
    data = {**backups, 'check': check, 'files': []}
    room = MAX_BACKUP_BYTES - len(canonical(data).encode('utf-8'))
    for one in backups['files'][:MAX_BACKUP_FILES]:
        one = _clean_data(one, 400)
        room -= len(canonical(one).encode('utf-8')) + 1
        if room < 0:
            break
        data['files'].append(one)
    data['count'] = max(data['count'], len(data['files']))
    return canonical({'type': 'event', 'ts': ts, 'mono': round(mono, 3), 'kind': 'backup_files', 'data': data})


def tried_data(ident: str, result) -> dict:
    """Return the data of the event ``tried``: what came of a look, with as many of its values as fit; the others are counted."""
    part = _part(result)
    data = {'id': ident, 'state': part['state'], 'text': part['text'], 'took_s': round(max(result.took_s, 0.0), 3),
            'values': [], 'left_out': part['left_out'] + len(part['series'])}
    room = MAX_EVENT_BYTES - len(canonical(data).encode('utf-8'))
    for line in map(list, part['series']):
        room -= len(canonical(line).encode('utf-8')) + 1
        if room < 0:
            break
        data['values'].append(line)
    data['left_out'] -= len(data['values'])
    return data


def _clean_data(value, length: int):
    if isinstance(value, str):
        return clean_text(value, length)
    if isinstance(value, dict):
        return {str(key): _clean_data(one, length) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean_data(one, length) for one in value]
    return value if value is None or isinstance(value, bool) else clean_value(value)


def with_seq(seq: int, body: str) -> str:
    """Return a stored record text with its number in front."""
    return f'{{"seq":{seq},{body[1:]}'


def build_report(head: dict, shapes, latest: str | None, records) -> bytes:
    """Return the body of a report from its small fields and the ready texts of shapes and records."""
    small = canonical({'proto': PROTO, **head})[:-1]
    text = f'{small},"shapes":[{",".join(shapes)}],"latest":{latest or "null"},"records":[{",".join(records)}]}}'
    return text.encode('utf-8')


def parse_checks(config: dict) -> tuple[Check, ...]:
    """Return the checks of a configuration answer.

    A check that cannot run here keeps its place, with the reason in ``problem``: it is reported as *unknown*, the others go on.

    :raises ValueError: the configuration itself makes no sense
    """
    entries = config.get('checks')
    if not isinstance(entries, list):
        raise ValueError("the configuration holds no list of checks")
    return tuple(_check(entry) for entry in entries)


def parse_tries(config: dict) -> list[tuple[str, Check]]:
    """Return the looks to try once, ``(id, check)``. What is no try is left out, for it has nobody to answer to."""
    entries = config.get('tries')
    found = []
    for entry in entries[:MAX_TRIES] if isinstance(entries, list) else ():
        try:
            ident, kind, timeout_s = str(entry['id']), str(entry['kind']), float(entry.get('timeout_s') or 10)
            settings, limits = entry.get('settings') or {}, entry.get('limits')
        except (KeyError, TypeError, ValueError, AttributeError):
            continue
        if _TRY_ID.fullmatch(ident) and isinstance(settings, dict) and isinstance(limits, (list, type(None))):
            found.append((ident, make_check(ident, kind, kind, 60.0, min(max(timeout_s, 1.0), 300.0), settings, limits)))
    return found


def _check(entry) -> Check:
    try:
        ident, kind = int(entry['id']), str(entry['kind'])
        every_s, timeout_s = float(entry.get('every_s') or 60), float(entry.get('timeout_s') or 10)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not a check: {clip(repr(entry))}") from error
    return make_check(ident, str(entry.get('name') or kind), kind, every_s, timeout_s, entry.get('settings') or {}, entry.get('limits'))


def make_check(ident, name, kind, every_s, timeout_s, settings, limits=None) -> Check:
    """Return a check with parsed settings; what is wrong with it stands in ``problem``. No ``limits`` means the collector's own."""
    try:
        declared = registry.load(kind)
        parsed = registry.parse_settings(declared, settings)
        limits = declared.limits if limits is None else registry.parse_limits(limits)
    except RegistryError as error:
        return Check(ident, name, kind, every_s, timeout_s, problem=str(error))
    return Check(ident, name, kind, every_s, timeout_s, parsed, limits)
