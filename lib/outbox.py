"""How messages leave this Odoo: when the next try is due, when it was the last, and how each service wants to be written to.

Plain decisions: no Odoo, no network, no clock. What hosts and people wrote is data in here: it goes into JSON by `json.dumps` alone, and into
each service's form as text that the service does not interpret.
"""
import ipaddress
import json
import re
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import urlsplit

SEVERITIES = ('ok', 'info', 'warning', 'critical')
SHAPES = ('ntfy', 'slack', 'teams', 'telegram', 'generic')

# A channel is believed for so long after a person said that a test arrived; tests go out weekly.
CONFIRM_DAYS = 35
TEST_DAYS = 7

# === WHEN === #

FIRST_PAUSE_S = 10
LONGEST_PAUSE_S = 3600
# A service that asks for more patience than this is asked again after it all the same.
LONGEST_OBEYED_S = 4 * 3600
MOST_TRIES = 20
MOST_HOURS = 24
# So far ahead it is looked when a message may go that is not told at any hour.
LOOK_AHEAD_DAYS = 31
# Its sender ended in the middle so often: then a person decides, since it may have arrived, and may be what ended the sender.
MOST_CUT_OFF = 2


def next_try(tries: int, at: datetime, asked_s: float | None = None) -> datetime:
    """Return when the next try is due after ``tries`` failed ones.

    :param at: when the last one failed
    :param asked_s: seconds for which the service asked (``Retry-After``); it never shortens the pause

    >>> noon = datetime(2026, 11, 28, 12)
    >>> [str(next_try(tries, noon) - noon) for tries in (1, 2, 3, 9, 10, 500)]
    ['0:00:10', '0:00:20', '0:00:40', '0:42:40', '1:00:00', '1:00:00']
    >>> str(next_try(1, noon, asked_s=90) - noon)
    '0:01:30'
    """
    pause = min(FIRST_PAUSE_S * 2 ** min(max(tries, 1) - 1, 32), LONGEST_PAUSE_S)
    return at + timedelta(seconds=max(pause, min(asked_s or 0, LONGEST_OBEYED_S)))


def is_last(tries: int, queued_at: datetime, at: datetime, shut: timedelta = timedelta()) -> bool:
    """Tell whether a message that failed is tried no more: after 20 tries or 24 hours.

    :param shut: for how long of this time it was not to go, see `shut_time`

    >>> noon = datetime(2026, 11, 28, 12)
    >>> is_last(19, noon, noon), is_last(20, noon, noon), is_last(1, noon, noon + timedelta(hours=24))
    (False, True, True)
    >>> is_last(1, noon, noon + timedelta(hours=60), timedelta(hours=40))
    False
    """
    return tries >= MOST_TRIES or at - queued_at - shut >= timedelta(hours=MOST_HOURS)


def opening(at: datetime, spans) -> datetime:
    """Return when a message may go that is due: at once, or when the next span begins in which it may.

    :param spans: ``[(start, end)]`` from ``at`` on, in their order; None for any hour. Are there none, it is asked again a month later.

    >>> noon = datetime(2026, 11, 28, 12)
    >>> monday = (datetime(2026, 11, 30, 8), datetime(2026, 11, 30, 17))
    >>> str(opening(noon, [monday])), str(opening(datetime(2026, 11, 30, 9), [monday])), opening(noon, None) == noon
    ('2026-11-30 08:00:00', '2026-11-30 09:00:00', True)
    """
    if spans is None:
        return at
    return next((max(start, at) for start, end in spans if end > at), at + timedelta(days=LOOK_AHEAD_DAYS))


def shut_time(start: datetime, end: datetime, spans) -> timedelta:
    """Return for how long between two moments a message was not to go.

    >>> friday, monday = datetime(2026, 11, 27, 16), datetime(2026, 11, 30, 9)
    >>> str(shut_time(friday, monday, [(friday, datetime(2026, 11, 27, 17)), (datetime(2026, 11, 30, 8), monday)]))
    '2 days, 15:00:00'
    >>> str(shut_time(friday, monday, None))
    '0:00:00'
    """
    if spans is None:
        return timedelta()
    return end - start - sum((max(min(stop, end) - max(begin, start), timedelta()) for begin, stop in spans), timedelta())


def verdict(status: int) -> str:
    """Return what an HTTP answer says: ``sent``, ``again`` (worth another try) or ``never``.

    Of the 4xx only those that speak of time are tried again: 408 (too slow), 425 (too early), 429 (too often). A redirect is not
    followed: the message would go where no manager sent it.

    >>> [verdict(status) for status in (200, 204, 301, 400, 404, 429, 500, 503)]
    ['sent', 'sent', 'never', 'never', 'never', 'again', 'again', 'again']
    """
    if 200 <= status < 300:
        return 'sent'
    return 'again' if status in (408, 425, 429) or status >= 500 else 'never'


def asked_pause(header: str | None, body: str, now: datetime) -> float | None:
    """Return for how many seconds a service asks to be left alone, None when it does not.

    Read from ``Retry-After`` (seconds or a date, RFC 9110 10.2.3) and from Telegram's ``parameters.retry_after``.

    :param now: UTC without a zone

    >>> asked_pause('120', '', datetime(2026, 11, 28)), asked_pause(None, '{"parameters": {"retry_after": 35}}', datetime(2026, 11, 28))
    (120.0, 35.0)
    """
    text = (header or '').strip()
    if re.fullmatch(r'[0-9]{1,9}', text):
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return _telegram_pause(body)
    return max((until.replace(tzinfo=None) - (until.utcoffset() or timedelta()) - now).total_seconds(), 0.0)


def _telegram_pause(body: str) -> float | None:
    try:
        asked = json.loads(body)['parameters']['retry_after']
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return float(asked) if isinstance(asked, int) and not isinstance(asked, bool) and 0 < asked < 10 ** 9 else None


# === TEXT === #

# Control characters but tab and new line, and those that turn the direction of writing: nothing of them is text.
UNPRINTABLE = re.compile('[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]')
LONGEST_TITLE = 200
LONGEST_TEXT = 10_000
MORE = '…'


def plain(text: object) -> str:
    """Return the text without what is no text, at most 10,000 characters.

    >>> plain('disk\\x00 full\\r\\n90 %')
    'disk full\\n90 %'
    """
    text = str(text or '').replace('\r\n', '\n').replace('\r', '\n')
    return cut(UNPRINTABLE.sub('', text).strip(), LONGEST_TEXT)


def line(text: object) -> str:
    """Return the text as one line, at most 200 characters.

    >>> line(' disk full\\r\\nBcc: everybody@example.com')
    'disk full Bcc: everybody@example.com'
    """
    return cut(' '.join(plain(text).split()), LONGEST_TITLE)


def cut(text: str, most: int, size=len) -> str:
    """Return the text, shortened with “…” so that ``size`` of it is at most ``most``.

    >>> cut('abcdef', 4), cut('abc', 4), cut('äöü', 5, utf8_size)
    ('abc…', 'abc', 'ä…')
    """
    if size(text) <= most:
        return text
    low, high = 0, len(text)
    while low < high:  # the longest beginning that fits
        middle = (low + high + 1) // 2
        low, high = (middle, high) if size(text[:middle] + MORE) <= most else (low, middle - 1)
    return text[:low] + MORE


def utf8_size(text: str) -> int:
    """Return the bytes of a text in UTF-8."""
    return len(text.encode('utf-8', 'replace'))


def utf16_size(text: str) -> int:
    """Return the length of a text as services count that keep UTF-16."""
    return len(text.encode('utf-16-le', 'replace')) // 2


# === WHERE === #

TOKEN = re.compile(r'[\x21-\x7e]{1,500}')
TOPIC = re.compile(r'[-_A-Za-z0-9]{1,64}')
CHAT = re.compile(r'-?[0-9]{1,20}|@[A-Za-z0-9_]{4,64}')
TELEGRAM = 'https://api.telegram.org'
LONGEST_URL = 2000


def webhook_fault(shape: str, given: dict[str, str]) -> str:
    """Return the name of the field that is missing or wrong, ``shape`` for an unknown service, '' when all is there.

    :param given: ``{'url', 'token', 'topic', 'chat', 'template'}``, '' for what is not given

    >>> webhook_fault('ntfy', {'url': 'https://ntfy.example.com', 'topic': 'no blanks', 'token': ''})
    'topic'
    """
    if shape not in SHAPES:
        return 'shape'
    if not (shape == 'telegram' and not given['url']) and not is_address(given['url']):
        return 'url'
    if (shape == 'telegram' or given['token']) and not TOKEN.fullmatch(given['token']):
        return 'token'
    if shape == 'telegram' and ('/' in given['token'] or '?' in given['token'] or '#' in given['token']):
        return 'token'
    if shape == 'ntfy' and not TOPIC.fullmatch(given['topic']):
        return 'topic'
    if shape == 'telegram' and not CHAT.fullmatch(given['chat']):
        return 'chat'
    return 'template' if shape == 'generic' and filled(given['template'], dict.fromkeys(PLACEHOLDERS, '')) is None else ''


def is_address(url: str) -> bool:
    """Tell whether a message may be posted there: http(s), a host, no name and password, printable ASCII without blanks.

    >>> [is_address(url) for url in ('https://ntfy.sh', 'ftp://a.example', 'file:///etc/passwd', 'http://me:pw@a.example', 'http://a.example/ b')]
    [True, False, False, False, False]
    """
    if not re.fullmatch(r'[\x21-\x7e]+', url or '') or len(url) > LONGEST_URL or '\\' in url:
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme in ('http', 'https') and bool(parts.hostname) and '@' not in parts.netloc and port != 0


def masked(url: str) -> str:
    """Return an address without what is secret in it: services keep their keys in path and query.

    >>> masked('https://hooks.slack.example/services/T0/B0/secret?sig=1'), masked('')
    ('https://hooks.slack.example/…', '')
    """
    if not is_address(url):
        return MORE if url else ''
    parts = urlsplit(url)
    return f'{parts.scheme}://{parts.netloc}/{MORE}'


def without_secrets(text: str, secrets) -> str:
    """Return the text with each of these secrets replaced: services repeat in their answers what they were sent.

    >>> without_secrets('no route to /bot12:ab/sendMessage', ['12:ab', ''])
    'no route to /bot…/sendMessage'
    """
    for secret in sorted({secret for secret in secrets if secret and len(secret) > 3}, key=len, reverse=True):
        text = text.replace(secret, MORE)
    return text


# Where cloud machines ask for their own keys, beside 169.254.0.0/16.
METADATA = ipaddress.ip_address('fd00:ec2::254')


def is_refused(address: str, is_loopback_allowed: bool = False) -> bool:
    """Tell whether nothing is ever posted to this IP address.

    Private networks are allowed: a server of one's own that passes messages on is common, and only managers set addresses. Refused are this
    machine itself (unless an administrator allows it), link-local addresses, where clouds hand out keys, and what is no host.

    >>> [is_refused(address) for address in ('192.168.1.5', '127.0.0.1', '::1', '169.254.169.254', '::ffff:169.254.169.254', '0.0.0.0')]
    [False, True, True, True, True, True]
    """
    try:
        ip = ipaddress.ip_address(address.partition('%')[0])
    except ValueError:
        return True
    for inner in (getattr(ip, 'ipv4_mapped', None), getattr(ip, 'sixtofour', None)):
        ip = inner or ip
    if ip.is_loopback:
        return not is_loopback_allowed
    return ip.is_link_local or ip.is_multicast or ip.is_unspecified or ip == METADATA or str(ip) == '255.255.255.255'


# === SHAPES === #

class Message(NamedTuple):
    """What is told: all of it text, ``url`` and ``at`` may be ''."""
    title: str
    text: str
    severity: str
    url: str
    key: str
    at: str


class Request(NamedTuple):
    """What is posted: where, which headers, which bytes."""
    url: str
    headers: dict[str, str]
    body: bytes


def request(shape: str, given: dict[str, str], message: Message, key: str) -> Request:
    """Return what to post for a message.

    :param given: as of `webhook_fault`, which found no fault
    :param key: the same at each try of one message, for receivers that want to tell a repeat
    """
    url, payload = given['url'], SHAPED[shape](given, message)
    headers = {'Content-Type': 'application/json; charset=utf-8', 'Idempotency-Key': key, 'User-Agent': 'it_continuity'}
    if shape == 'telegram':
        url = f"{(url or TELEGRAM).rstrip('/')}/bot{given['token']}/sendMessage"
    elif given['token']:
        headers['Authorization'] = f"Bearer {given['token']}"
    return Request(url, headers, json.dumps(payload).encode('ascii'))


def ntfy(given: dict[str, str], message: Message) -> dict:
    """Return a message for ntfy, published as JSON (docs.ntfy.sh/publish, “Publish as JSON”), so that nothing stands in a header.

    A message of more than 4,096 bytes would become a file; “markdown” is off unless asked for.
    """
    priority = {'critical': 5, 'warning': 4}.get(message.severity, 3)
    shaped = {'topic': given['topic'], 'title': message.title, 'message': cut(message.text or message.title, 4000, utf8_size), 'priority': priority}
    return {**shaped, 'click': message.url} if message.url else shaped


def slack(_given: dict[str, str], message: Message) -> dict:
    """Return a message for an incoming webhook of Slack (docs.slack.dev, “Formatting message text”).

    `&`, `<` and `>` are the characters that it reads; formatting is switched off. Over 4,000 characters are advised against.
    """
    def escaped(text):
        return text.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')

    def size(text):
        return len(escaped(text))

    words = [escaped(message.title), escaped(cut(message.text, 3000, size)), escaped(message.url)]
    return {'text': '\n'.join(word for word in words if word), 'mrkdwn': False, 'parse': 'none', 'link_names': False, 'unfurl_links': False}


TEAMS_LINES = 40


def teams(_given: dict[str, str], message: Message) -> dict:
    """Return a message for a webhook of Teams' Workflows: an Adaptive Card in an attachment (learn.microsoft.com, “Create incoming webhooks”).

    Its text stands in `TextRun`, since `TextBlock` would read Markdown in it (adaptivecards.io). At most 28 KB are taken.
    """
    colour = {'critical': 'attention', 'warning': 'warning', 'ok': 'good'}.get(message.severity, 'default')
    lines = cut(message.text, 20_000, lambda text: len(json.dumps(text))).split('\n')
    lines = lines if len(lines) <= TEAMS_LINES else [*lines[:TEAMS_LINES], MORE]
    runs = [{'type': 'TextRun', 'text': message.title, 'weight': 'bolder', 'color': colour}, *(
        {'type': 'TextRun', 'text': one} for one in lines if one.strip())]
    card = {
        '$schema': 'http://adaptivecards.io/schemas/adaptive-card.json', 'type': 'AdaptiveCard', 'version': '1.4',
        'body': [{'type': 'RichTextBlock', 'inlines': [run]} for run in runs]}
    if message.url:
        card['actions'] = [{'type': 'Action.OpenUrl', 'title': 'Odoo', 'url': message.url}]
    return {'type': 'message', 'attachments': [
        {'contentType': 'application/vnd.microsoft.card.adaptive', 'contentUrl': None, 'content': card}]}


def telegram(given: dict[str, str], message: Message) -> dict:
    """Return a message for `sendMessage` of Telegram's Bot API (core.telegram.org/bots/api#sendmessage).

    Without `parse_mode` nothing in the text is read as formatting. It takes 4,096 characters, counted as UTF-16.
    """
    tail = f'\n{message.url}' if message.url else ''
    text = cut(f'{message.title}\n{message.text}'.strip(), 4096 - utf16_size(tail), utf16_size) + tail
    return {'chat_id': given['chat'], 'text': text, 'link_preview_options': {'is_disabled': True}}


PLACEHOLDERS = ('title', 'text', 'severity', 'url', 'key', 'at')
TEMPLATE = '{\n  "title": "{{title}}",\n  "text": "{{text}}",\n  "severity": "{{severity}}",\n  "url": "{{url}}",\n  "key": "{{key}}",\n  "at": "{{at}}"\n}'
PLACEHOLDER = re.compile(r'\{\{\s*(\w*)\s*\}\}')
DEEPEST = 20


def filled(template: str, values: dict[str, str]):
    """Return a template's JSON with the placeholders in its strings replaced, None when it is no such template.

    The template is read as JSON first and filled afterwards: no value can end a string, add a member or be filled in turn.

    >>> filled('{"a": ["{{ title }}!"]}', {'title': 'x", "b": "{{title}}'}), filled('{"a": "{{name}}"}', {'title': ''}), filled('{{title}}', {})
    ({'a': ['x", "b": "{{title}}!']}, None, None)
    """
    def fill(node, depth):
        if depth > DEEPEST:
            raise ValueError('too deep')
        if isinstance(node, str):
            return PLACEHOLDER.sub(lambda match: values[match.group(1)], node)
        if isinstance(node, dict):
            return {key: fill(value, depth + 1) for key, value in node.items()}
        return [fill(value, depth + 1) for value in node] if isinstance(node, list) else node

    try:
        return fill(json.loads(template, parse_constant=lambda name: 1 / 0), 0)
    except (ValueError, KeyError, RecursionError, ZeroDivisionError):
        return None


def generic(given: dict[str, str], message: Message):
    """Return a message in the form that a manager wrote down."""
    return filled(given['template'], message._asdict())


SHAPED = {'ntfy': ntfy, 'slack': slack, 'teams': teams, 'telegram': telegram, 'generic': generic}
