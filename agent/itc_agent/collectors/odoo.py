"""Whether an Odoo (19) serves one database, and whether its scheduled jobs and its mail go out.

That Odoo's ``/web/health`` answers says nothing of the database: it passes while the database is shut, and also where another one is served. So
the login page is asked for, of exactly this ``database`` (by the header ``X-Odoo-Database``: no session is kept, a list of databases is not
needed); it is built from the database's own records. Anything but a login page is critical, and ``/web/health`` then tells apart whether Odoo, its
PostgreSQL or only this database is down. A page that comes with a session is unknown: the header did not arrive, and another database may have
answered. Without ``database`` the only one is asked for, whichever that is, in one session that stays; that none is served, though Odoo runs, is
then critical only if one was served before. A name that cannot be resolved and what else is wrong on this side is unknown. Where IT Continuity is
installed in that database, ``jobs_stopped`` counts the jobs on which its watching rests and that have stopped.

``dsn`` (how to connect to PostgreSQL, without a password; see the kind postgresql) lets jobs and mail be looked at too. The role needs a few columns::

    GRANT SELECT (active, nextcall, failure_count, cron_name) ON ir_cron TO itc_monitor;
    GRANT SELECT (state, create_date, write_date, scheduled_date) ON mail_mail TO itc_monitor;

``cron_overdue_s`` is how long the most overdue job should have been run by now: all jobs late means that no worker runs them. A job that takes
long counts as late while it runs. No active job at all is critical, as after a neutralisation. A mail that is scheduled for later does not wait.
What the role may not read, a database that is no Odoo, and a server that does not answer in time are unknown. Nobody's data is read.

Tried on: Odoo 19 on PostgreSQL 18, with another database beside it, its own database shut, PostgreSQL frozen and stopped, Odoo frozen, real mails.
``jobs_stopped``: on constructed answers. Not tried on the real thing: Odoo on Windows.
"""
from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass

from .. import time_limit
from ..errors import SourceUnavailable
from ..judge import seconds_text
from ..registry import Metric, collector, setting
from ..results import Limit, Reading, State
from ._http_client import MAX_BYTES, NoAnswer, Page, get
from ._http_text import unpack
from ._postgres import NotServing, ask, parse_dsn
from .http import good_url

LOGIN, HEALTH, OWN_HEALTH = '/web/login', '/web/health?db_server_status=1', '/it_continuity/health'
# Odoo's own words in its login page, whatever a theme makes of the rest.
LOGIN_MARKS = (b'oe_login_form', b'odoo.__session_info__')
DIAGNOSIS_S, DATABASE_S = 3.0, 8.0
OVERDUE_S = 900
ONLY_DATABASE = "Odoo and its PostgreSQL run, only this database is not reached"
NOT_ALLOWED, NO_TABLE = '42501', '42P01'
_NOW = "(now() AT TIME ZONE 'utc')"
QUERIES = {
    'jobs': f"""
        SELECT count(*), count(*) FILTER (WHERE failure_count > 0),
            coalesce(max(extract(epoch FROM {_NOW} - nextcall)), 0)::float8, (array_agg(cron_name ORDER BY nextcall))[1],
            (array_agg(cron_name ORDER BY failure_count DESC) FILTER (WHERE failure_count > 0))[1]
        FROM ir_cron WHERE active""",
    'mail': f"""
        SELECT count(*) FILTER (WHERE waits), coalesce(max(extract(epoch FROM {_NOW} - since)) FILTER (WHERE waits), 0)::float8,
            count(*) FILTER (WHERE state = 'exception' AND write_date > {_NOW} - interval '1 day')
        FROM (SELECT state, write_date, coalesce(scheduled_date, create_date) AS since,
            state = 'outgoing' AND coalesce(scheduled_date <= {_NOW}, true) AS waits
            FROM mail_mail WHERE state IN ('outgoing', 'exception')) AS mails""",
}
GRANTS = {'jobs': "(active, nextcall, failure_count, cron_name) ON ir_cron",
          'mail': "(state, create_date, write_date, scheduled_date) ON mail_mail"}


@dataclass(frozen=True)
class OdooSettings:
    """Which Odoo, and which of its databases."""

    url: str = setting('str', 'http://127.0.0.1:8069', help="Address of Odoo, without a path.")
    database: str = setting('str', '', help="Name of the database that has to be served; empty: the only one that this Odoo serves.")
    dsn: str = setting('str', '', help="How to connect to its PostgreSQL, without a password (`service=erp`); empty: jobs and mail are not looked at.")
    timeout_s: float = setting('float', 15.0, help="How long the login page may take, at most 40.")
    ca_file: str = setting('str', '', help="PEM file of the certificate authority to trust instead of the public ones.")

    def __post_init__(self):
        if not good_url(self.url) or re.search(r'[?#]', self.url):
            raise ValueError("url: expected an http:// or https:// address without a user name")
        if not re.fullmatch(r'[^\x00-\x1f\x7f]{0,63}', self.database) or not self.database.isascii():
            raise ValueError("database: expected the name of a database, in plain letters")
        if (told := parse_dsn(self.dsn)) and not (self.database or {'dbname', 'service'} & set(told)):
            raise ValueError("dsn: expected dbname=… or a service, as `database` is empty")
        if not 0 < self.timeout_s <= 40:
            raise ValueError("timeout_s: expected more than 0 and at most 40")


    @property
    def which(self) -> str:
        return f"database {self.database}" if self.database else "its database"


# === THE SERVER === #

def parse_login(page: Page, took_s: float, settings: OdooSettings) -> Reading | str:
    """Return the reading of a login page, or words on what came instead of it. Pure.

    :raises SourceUnavailable: another database may have answered
    """
    if page.status in (301, 302, 303, 307, 308):
        return f"it does not serve {settings.which}: it sends on to {page.location[:100] or 'another page'}"
    if page.status != 200:
        return f"it does not serve {settings.which}: its login page answers with status {page.status}"
    body = unpack(page.body, page.coding, MAX_BYTES) or b''
    if not any(mark in body for mark in LOGIN_MARKS):
        return "what answers there is no login page of Odoo"
    if settings.database and 'session_id=' in page.cookies:
        # Asked by the header, Odoo keeps no session: it did not get it, or does not know it, and served the database it likes.
        raise SourceUnavailable("which database answered cannot be told: the header X-Odoo-Database did not arrive, or this Odoo is older than 19")
    return Reading('', {'up': 1, 'latency_ms': round(took_s * 1000, 2)})


def parse_health(page: Page) -> str:
    """Return words on what ``/web/health`` tells beside a database that is not served, empty when it tells nothing. Pure."""
    known = _json_of(page)
    if known.get('status') not in ('pass', 'fail'):
        return ''
    server = known.get('db_server_status')
    if server is None:
        return "Odoo itself runs"
    return ONLY_DATABASE if server else "Odoo itself runs, but its PostgreSQL does not answer"


# Its answer is JSON: status "pass" or "fail", jobs_stopped as a number; 503 when it fails.
def parse_own_health(page: Page) -> dict:
    """Return ``{'jobs_stopped': …}`` of IT Continuity's own address; nothing where it is not installed. Pure."""
    count = _json_of(page).get('jobs_stopped') if page.status in (200, 503) else None
    return {'jobs_stopped': count} if isinstance(count, int) and not isinstance(count, bool) else {}


def _json_of(page: Page) -> dict:
    try:
        known = json.loads(page.body) if page.content_type.startswith('application/json') else None
    except (ValueError, RecursionError):
        return {}
    return known if isinstance(known, dict) else {}


def header_of(settings: OdooSettings, memory: dict) -> tuple:
    """Return the header that names the database; without one the session of the last look, so that not every look makes a new one."""
    if settings.database:
        return (('X-Odoo-Database', settings.database),)
    return (('Cookie', f"session_id={memory['session']}"),) if memory.get('session') else ()


def query_server(settings: OdooSettings, memory: dict) -> Reading:
    """Ask for the login page, and when it does not come for what may be the cause.

    :param memory: keeps the session of an Odoo whose database is not named, and whether one was served there before
    :raises SourceUnavailable: the error is on our side, or several databases may be meant
    """
    header = header_of(settings, memory)
    base, started = settings.url.rstrip('/'), time.monotonic()
    limit_s = time_limit.left(settings.timeout_s, DIAGNOSIS_S + (DATABASE_S if settings.dsn else 0.0))
    try:
        page = get(base + LOGIN, limit_s, settings.ca_file, header)
        seen = parse_login(page, time.monotonic() - started, settings)
        memory['session'] = session_of(page.cookies) or memory.get('session', '')
    except NoAnswer as error:
        seen = str(error)
    kept = memory.setdefault('kept', {})
    if isinstance(seen, Reading):
        kept['served'] = settings.url
        return Reading('', {**seen.values, **_own_health(base, settings, header, kept)})
    cause = _cause(base, settings, header)
    if cause == ONLY_DATABASE and not settings.database and kept.get('served') != settings.url:
        raise SourceUnavailable("this Odoo serves several databases or none: say in `database` which one is meant")
    return Reading('', {'up': 0}, State.CRITICAL, f"{seen} ({cause})")


def _cause(base: str, settings: OdooSettings, header) -> str:
    """Return what ``/web/health`` tells; within a database that is none it cannot answer, outside of all it can."""
    words = ''
    for lines in dict.fromkeys((header, ())):
        try:
            words = parse_health(get(base + HEALTH, time_limit.left(DIAGNOSIS_S), settings.ca_file, lines))
        except (NoAnswer, SourceUnavailable):
            return "Odoo itself does not answer either"
        if words:
            break
    return words or "whether Odoo itself runs cannot be told"


def session_of(cookies: str) -> str:
    """Return the session that an answer began, empty when it began none.

    >>> session_of('lang=en, session_id=vrYLLx0_Obfi-56; Path=/'), session_of('session_id=a b'), session_of('')
    ('vrYLLx0_Obfi-56', 'a', '')
    """
    found = re.search(r'(?:^|[\s,])session_id=([A-Za-z0-9_.-]{1,200})', cookies)
    return found[1] if found else ''


def _own_health(base: str, settings: OdooSettings, header, kept: dict) -> dict:
    """Return what IT Continuity tells of itself; no value once it told and does not, until it tells again or is no longer there (404)."""
    which, told = [settings.url, settings.database], {}
    try:
        page = get(base + OWN_HEALTH, time_limit.left(DIAGNOSIS_S), settings.ca_file, header)
        told = parse_own_health(page)
        if page.status == 404:
            kept.pop('told', None)
    except (NoAnswer, SourceUnavailable):  # as one that tells nothing  # pylint: disable=except-pass
        pass
    if told:
        kept['told'] = which
    return told or ({'jobs_stopped': None} if kept.get('told') == which else {})


# === THE DATABASE === #

# A row of `jobs`: [23, 1, 9213.4, "Mail: Email Queue Manager", "Currency rates"]; of `mail`: [4, 7215.0, 0]
def parse_database(rows: dict, failed: dict, which: str) -> list[Reading]:
    """Return the readings ``jobs`` and ``mail``; mail that is not installed is none. Pure."""
    readings = []
    if 'jobs' in rows:
        active, failing, overdue_s, latest, worst = rows['jobs'][0]
        words = [f"{latest} should have run {seconds_text(overdue_s)} ago"] if overdue_s > OVERDUE_S else []
        words += [f"{worst} failed last time"] if failing else []
        words += [] if active else ["no scheduled job is active"]
        readings.append(Reading('jobs', {'crons': active, 'crons_failing': failing, 'cron_overdue_s': round(max(overdue_s, 0.0), 1)},
                                State.OK if active else State.CRITICAL, '; '.join(words)))
    if 'mail' in rows:
        waiting, age_s, unsent = rows['mail'][0]
        readings.append(Reading('mail', {'mails_waiting': waiting, 'mail_waiting_s': round(max(age_s, 0.0), 1), 'mails_failed': unsent}))
    for name, (state, words) in failed.items():
        if state == NO_TABLE and name == 'mail' and 'jobs' in rows:
            continue  # the app is not installed
        if state == NO_TABLE:
            words = f"{which} is no Odoo database"
        elif state == NOT_ALLOWED:
            words = f"the role may not read it: GRANT SELECT {GRANTS[name]} TO it ({words})"
        readings.append(Reading(name, {}, State.UNKNOWN, words))
    return readings


def query_database(settings: OdooSettings) -> list[Reading]:
    """Ask PostgreSQL about jobs and mail; what goes wrong is *unknown* and leaves the rest of the look alone."""
    try:
        told = parse_dsn(settings.dsn)
        rows, failed = ask({**told, 'dbname': settings.database} if settings.database else told, QUERIES, DATABASE_S)
    except NotServing as error:
        return [Reading('jobs', {}, State.CRITICAL, str(error))]
    except SourceUnavailable as error:
        return [Reading('jobs', {}, State.UNKNOWN, str(error))]
    return parse_database(rows, failed, settings.which)


@collector(
    'odoo', title="Odoo", help="Whether Odoo serves its database, and whether its scheduled jobs and mails go out.",
    settings=OdooSettings,
    metrics=[
        Metric('up', '', "1 when it serves the database, 0 otherwise."),
        Metric('latency_ms', 'ms', "Time to the login page."),
        Metric('jobs_stopped', '', "Jobs of IT Continuity that have stopped."),
        Metric('crons', '', "Scheduled jobs that are active."),
        Metric('crons_failing', '', "Of these, how many failed last time."),
        Metric('cron_overdue_s', 's', "How late the most overdue scheduled job is."),
        Metric('mails_waiting', '', "Mails that wait to be sent."),
        Metric('mail_waiting_s', 's', "How long the oldest of them has been waiting."),
        Metric('mails_failed', '', "Mails of the last day that could not be sent."),
    ],
    limits=[
        Limit('latency_ms', '>', 3000, None), Limit('jobs_stopped', '>', None, 0), Limit('crons_failing', '>', 0, None),
        Limit('cron_overdue_s', '>', OVERDUE_S, 7200), Limit('mail_waiting_s', '>', 3600, 86400), Limit('mails_failed', '>', 0, None),
    ],
    timeout_s=45,
)
def collect(settings: OdooSettings, memory: dict):
    """Ask Odoo, then its PostgreSQL."""
    try:
        yield query_server(settings, memory)
    except SourceUnavailable as error:
        yield Reading('', {}, State.UNKNOWN, str(error))
    if settings.dsn:
        yield from query_database(settings)
