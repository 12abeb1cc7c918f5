"""A computer on which ID cards are made (TOP ID, Asure ID): its card printer's queue, its program and data, its services.

The queue is judged as `print_queue` judges one: a job without progress for ``stuck_min``, a job in error, and a queue that takes no jobs are
critical; paused with jobs waiting, and what the printer asks for (cards, ribbon, a closed door), are warnings. Without ``queues`` those count whose
names are known of card printers (Fargo, HID, Evolis, Datacard, Magicard, Zebra ZC and ZXP, or that begin a word with card); none is unknown.

``folders`` are the program's and the database's: one that is not there is critical; one that is empty, on a drive that the agent does not see (drives
that a person connected are theirs alone: write \\\\server\\share), or that may not be looked into is unknown. Without ``folders`` the usual places of
both programs are looked at, and none found is unknown. That the program runs is not asked: it does so only while somebody makes cards. ``services``
(the database's, for one) must run. How much ribbon is left is told by neither program; its spare parts are counted by hand.

Not tried on the real thing: TOP ID, Asure ID and card printers; the queue was tried on CUPS, its answers on Windows are constructed.
"""
from __future__ import annotations

import ntpath
import os
import posixpath
import sys
from dataclasses import dataclass

from .. import programs
from ..errors import SourceUnavailable
from ..registry import collector, setting
from ..results import Reading, State
from ._connection import good_host
from ._ipp import PORT
from ._print_queue_common import LIMITS, METRICS, PrintQueueSettings, is_pattern

CARD_QUEUES = ('*fargo*', '*hdp[0-9]*', '*dtc[0-9]*', 'hid*', '*[ _-]hid*', '*evolis*', '*primacy*', '*zenius*', '*badgy*', '*datacard*', '*magicard*',
               '*zxp*', '*zc[0-9]*', 'card*', '*[ _-]card*')
GUESSES = tuple(rf'{base}\{name}' for base in (r'C:\Program Files', r'C:\Program Files (x86)')
                for name in (r'HID Global\Asure ID*', r'Asure ID*', r'AsureID*', r'TOP ID*', r'TopID*'))
LOOK_S = 6.0


@dataclass(frozen=True)
class IdStationSettings:
    """What belongs to the station."""

    queues: list = setting('list', CARD_QUEUES, help="Queues of card printers; of patterns (* ?) at least one must find a queue.")
    ignore: list = setting('list', (), help="Queues to leave out.")
    folders: list = setting('list', (), help="Folders or files that must be there: the program's, the database's.")
    services: list = setting('list', (), help="Services that must run, as in `service`.")
    host: str = setting('str', '', help="Print server to ask over IPP; empty: this machine's own queues.")
    port: int = setting('int', PORT, help="IPP port of that host.")
    stuck_min: int = setting('int', 10, help="A job is stuck when it has shown no progress for this many minutes.")

    def __post_init__(self):
        if not all((*self.queues, *self.folders, *self.services)) or not self.queues:
            raise ValueError("queues, folders, services: an empty name means nothing; queues needs at least one")
        if self.host and not good_host(self.host):
            raise ValueError("host: expected a name or address")
        if not all(posixpath.isabs(one) or ntpath.isabs(one) for one in self.folders):
            raise ValueError("folders: expected whole paths")
        self.queue_settings.__post_init__()

    @property
    def queue_settings(self) -> PrintQueueSettings:
        return PrintQueueSettings(self.host, self.port, self.queues, self.ignore, self.stuck_min)


def of_card_printers(readings, settings: IdStationSettings) -> list[Reading]:
    """Return the readings of the queues; that a pattern found none counts only when all of them did."""
    silent = [one for one in readings if one.item in settings.queues and is_pattern(one.item) and not one.values and one.finding == State.UNKNOWN]
    rest = [one for one in readings if one not in silent]
    if rest:
        return rest
    words = "no queue has the name of a card printer; name it in `queues`" if settings.queues == CARD_QUEUES else "no queue matches"
    return [Reading('card printer', {}, State.UNKNOWN, words)]


# What `_reachable` found: {"paths": {"D:\\AsureID\\data": "absent"}, "found": ["C:\\Program Files (x86)\\HID Global\\Asure ID 7"]}

def of_folders(answer: dict, settings: IdStationSettings) -> list[Reading]:
    """Return a reading for each folder that was asked for, or one for the usual places. Pure."""
    if not settings.folders:
        if answer['found']:
            return [Reading('program', {}, State.OK, f"in {answer['found'][0]}")]
        return [Reading('program', {}, State.UNKNOWN, "no ID software is where it usually is; name its folder in `folders`")]
    return [Reading(path, {}, *judge_folder(answer['paths'].get(path, ''))) for path in settings.folders]


def judge_folder(word: str) -> tuple[State, str]:
    """Return what a word of ``_reachable`` is worth."""
    known = {
        'there': (State.OK, ''),
        'absent': (State.CRITICAL, "is not there"),
        'empty': (State.UNKNOWN, "is empty: is its disk or network folder connected?"),
        'no drive': (State.UNKNOWN, "the agent does not see this drive; write a network folder as \\\\server\\share"),
    }
    return known.get(word) or (State.UNKNOWN, f"cannot be looked at: {word or 'no answer'}")


def query_folders(settings: IdStationSettings) -> dict:
    """Return what can be reached.

    :raises SourceUnavailable: it takes too long
    """
    file = os.path.join(os.path.dirname(__file__), '_reachable.py')
    job = {'paths': list(settings.folders), 'guesses': [] if settings.folders else list(GUESSES)}
    return programs.run_python(file, job, LOOK_S, name="looking at the folders")


def collect_queues(settings: IdStationSettings, memory: dict) -> list[Reading]:
    """Ask for the queues as `print_queue` does on this system."""
    if sys.platform == 'win32':
        from .print_queue_windows import collect as collect_print_queue
    else:
        from .print_queue_linux import collect as collect_print_queue
    return of_card_printers(collect_print_queue(settings.queue_settings, memory), settings)


def collect_services(settings: IdStationSettings, memory: dict) -> list[Reading]:
    """Ask for the services as `service` does on this system."""
    if not settings.services:
        return []
    from ._service_common import ServiceSettings
    if sys.platform == 'win32':
        from .service_windows import collect as collect_service
    else:
        from .service_linux import collect as collect_service
    readings = collect_service(ServiceSettings(settings.services, required=settings.services), memory.setdefault('services', {}))
    return [Reading(one.item, {}, one.finding, one.text) for one in readings]


@collector(
    'id_station', title="ID card station", help="The card printer's queue, the ID software's folders and its services.",
    settings=IdStationSettings, metrics=METRICS, limits=LIMITS, every_s=300, timeout_s=40,
)
def collect(settings: IdStationSettings, memory: dict):
    """Look at all parts; one that cannot be looked at costs no other."""
    parts = (('card printer', lambda: collect_queues(settings, memory)), ('folders', lambda: of_folders(query_folders(settings), settings)),
             ('services', lambda: collect_services(settings, memory)))
    for name, part in parts:
        try:
            yield from part()
        except SourceUnavailable as error:
            yield Reading(name, {}, State.UNKNOWN, str(error))
