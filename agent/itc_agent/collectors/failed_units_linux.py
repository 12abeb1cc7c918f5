"""Units of systemd that failed, whichever they are: services, mounts, timers, sockets. None has to be named.

A failed unit is a warning, one that ``required`` means is critical; it stays failed until it is started again or ``systemctl reset-failed`` is
called, so it is seen even when it failed at night. What should run but was stopped is not failed: name such a service in a check of the kind
``service``.

Only the system's own manager is asked, not those of its users. That no unit failed is believed when systemd itself counts none
(``NFailedUnits``); another count than the list has, no systemd, and an answer that is no list are unknown. While the machine is still starting
or is going down, nothing is judged beyond what has failed already.

Not tried on the real thing: constructed answers of systemctl only.
"""
from __future__ import annotations

import json
import os

from .. import programs
from ..errors import SourceUnavailable
from ..judge import counted
from ..registry import collector
from ..results import Reading
from . import service_linux
from ._failed_common import EVERY_S, HELP, METRICS, TIMEOUT_S, TITLE, FailedSettings, summed

CALL_S = 8
MAX_ASKED = 30


# `systemctl list-units --state=failed --output=json` gives a list of units, an empty one when there is none; one before systemd 246 prints a line
# for each instead, as all do with --plain --no-legend. One unit is
# `{"unit":"certbot.service","load":"loaded","active":"failed","sub":"failed","description":"Certbot"}`.


def parse(listed: str, shown: str) -> dict[str, str]:
    """Return unit to description of what failed. Pure.

    :param listed: the list of failed units
    :param shown: ``NFailedUnits`` and ``SystemState`` of the manager
    :raises SourceUnavailable: both together are no proof of anything
    """
    manager = dict(line.split('=', 1) for line in shown.splitlines() if '=' in line)
    if not manager.get('NFailedUnits', '').isdigit():
        raise SourceUnavailable("systemd does not tell how many units failed")
    try:
        units = json.loads(listed) if listed.lstrip().startswith('[') else [line_of(line) for line in listed.splitlines() if line.strip()]
        failed = {str(one['unit']): str(one.get('description') or '') for one in units if one.get('active', 'failed') == 'failed'}
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError) as error:
        raise SourceUnavailable("systemctl gave no list of units that can be read") from error
    if len(failed) != int(manager['NFailedUnits']):
        raise SourceUnavailable(f"systemd counts {counted(int(manager['NFailedUnits']), 'failed unit')}, but lists {len(failed)}")
    return failed


def line_of(line: str) -> dict:
    """Return one line of the plain list: unit, load, active, sub, description; the oldest put a dot in front."""
    words = line.replace('●', ' ').split(None, 4)
    return {'unit': words[0], 'load': words[1], 'active': words[2], 'description': words[4] if len(words) > 4 else ''}


def query(*arguments: str) -> str:
    """Return what systemctl says. :raises SourceUnavailable: no systemd, an error, or no answer in time"""
    tool = programs.find(service_linux.SYSTEMCTL)
    if tool is None:
        raise SourceUnavailable(f"there is no systemctl ({' or '.join(service_linux.SYSTEMCTL)})")
    if not os.path.isdir(service_linux.BOOTED):
        raise SourceUnavailable("this system was not started by systemd, so it cannot tell about services")
    done = programs.run([tool, '--no-pager', *arguments], CALL_S)
    if done.code:
        raise SourceUnavailable(f"systemctl: {done.words}")
    return done.out.decode('utf-8', 'replace')


def reasons(names) -> dict[str, str]:
    """Return how each unit ended, in systemd's words; none of those that cannot be asked."""
    try:
        units = service_linux.parse(service_linux.query(names)) if names else []
    except SourceUnavailable:
        return {}
    return {unit['Id']: service_linux.facts_of(unit, 0.0, {}).words for unit in units}


def readings_of(failed: dict[str, str], why: dict[str, str], settings: FailedSettings) -> list[Reading]:
    """Return the readings of what failed. Pure."""
    told = {name: text for name, text in failed.items() if not settings.ignores(name)}
    left_out = len(failed) - len(told)
    looked_at = f"no unit failed{f' but {left_out} that are left out' if left_out else ''}"
    return summed([Reading(name, {}, settings.weight(name), ', '.join(filter(None, (why.get(name, 'failed'), text)))) for name, text in told.items()],
                  looked_at)


@collector('failed_units', title=TITLE, help=HELP, settings=FailedSettings, metrics=METRICS, every_s=EVERY_S, timeout_s=TIMEOUT_S)
def collect(settings: FailedSettings, memory: dict):
    """Ask systemd which units failed."""
    failed = parse(query('list-units', '--state=failed', '--plain', '--no-legend', '--full', '--output=json'), query('show', '-p', 'NFailedUnits,SystemState'))
    asked = [name for name in sorted(failed) if not settings.ignores(name)][:MAX_ASKED]
    yield from readings_of(failed, reasons(asked), settings)
