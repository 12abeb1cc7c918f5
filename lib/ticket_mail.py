"""What a mail to the service desk is, and what comes of it. Whatever stands in a mail may be a lie; only who may read a ticket is not asked of it."""

import re
import unicodedata
from base64 import encodebytes
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.headerregistry import HeaderRegistry
from email.message import EmailMessage
from quopri import encodestring

BOUNCERS = frozenset({'mailer-daemon', 'postmaster'})
UNANSWERED = re.compile(r'^(no|do-?not)[-_.]?reply|^bounces?([-_+.].*)?$|^notifications?$')
BULK = frozenset({'bulk', 'list', 'junk', 'auto_reply'})
AUTOREPLIES = frozenset({'x-autoreply', 'x-autorespond'})
# What a machine says of its own mail. “auto-forwarded” is a person's mail sent on, and many mail programs of people forbid answers by machines.
WRITTEN_BY_MACHINE = ('auto-replied', 'auto-generated', 'auto-notified')
# What a person has to look at although a program sent it on: a group's address may stand before the service desk's.
BY_HAND = frozenset({'list'})
NEW_AN_HOUR = 10
NUMBER = re.compile(r'\[\s*([A-Za-z0-9][A-Za-z0-9/_-]{2,39})\s*\]')
PREFIXES = re.compile(r'^(?:\s*(?:re|aw|antw|sv|fwd?|wg|tr|rv|i)\s*:\s*)+', re.IGNORECASE)
FORWARDED = re.compile(r'^\s*(?:fwd?|wg|tr|rv)\s*:', re.IGNORECASE)
ORIGINAL = re.compile(r'^[\s>*]*(?:from|von|de|da|ከ)\s*:[\s*]*(.{3,200}?)\s*$', re.IGNORECASE | re.MULTILINE)
TOKEN = re.compile(r'([0-9]{1,10})-([0-9]{1,11})-([0-9a-f]{40})')
_BREAK = r'(?:=?[\s>]{0,4})'  # where a mail program cut a long line
LINK = re.compile(
    rf'it_continuity(/|%2f)answer(/|%2f){_BREAK}(?:(?:[0-9]{_BREAK}){{1,10}}-{_BREAK}(?:[0-9]{_BREAK}){{1,11}}-{_BREAK}(?:[0-9a-f]{_BREAK}){{39}}[0-9a-f]|[\w-]+)',
    re.IGNORECASE)
HEADERS_KEPT = (
    'From', 'Sender', 'Reply-To', 'To', 'Cc', 'Delivered-To', 'Date', 'Message-Id', 'In-Reply-To', 'Return-Path', 'Auto-Submitted', 'Precedence', 'List-Id',
    'X-Auto-Response-Suppress', 'Authentication-Results', 'Content-Type')
CODINGS = {'base64': encodebytes, 'quoted-printable': encodestring}
AS_TEXT = HeaderRegistry(use_default_map=False)
MAX_HEADER, MAX_NAME = 300, 120
MAX_SUBJECT = 200


@dataclass(frozen=True)
class Facts:
    """What is known of a mail.

    :param robot: as ``robot`` returns it
    :param knows: what the database knows of the sender: ``one`` active colleague who may ask, ``many`` of the address, ``gone`` for somebody who
        works here no more, ``barred`` for a colleague who may not ask or not this company, '' for nobody
    :param replies: how it names a ticket: by ``thread`` headers, by ``number``, or ''
    :param is_reader: the sender may read the ticket that it names
    :param is_person: the sender asked for that ticket, needs it, logged it or works on it
    :param lately: tickets that the sender opened by mail within the hour
    :param strangers: what the company does with the mail of strangers: ``list`` or ``refuse``
    """

    robot: str = ''
    knows: str = ''
    replies: str = ''
    is_reader: bool = False
    is_person: bool = False
    lately: int = 0
    strangers: str = 'list'


def verdict(facts: Facts) -> tuple[str, str]:
    """Return what becomes of a mail and why: ``post`` on its ticket, ``new`` ticket, ``list`` for a person, ``file`` without asking anybody, ``refuse``.

    Nothing here opens a way to read, confirm, close or reopen: the most that a lie about the sender gains is words that stand on a ticket,
    or a ticket in somebody's name that they are told of.

    >>> verdict(Facts(knows='one'))
    ('new', '')
    >>> verdict(Facts(robot='auto', knows='one', replies='thread', is_person=True))
    ('file', 'auto')
    """
    if facts.robot:
        return ('list' if facts.robot in BY_HAND else 'file'), facts.robot
    if facts.replies == 'thread' and (not facts.knows or facts.is_reader):
        return 'post', ''  # who answers a mail of the thread got one, from whatever address they write
    if facts.replies == 'number' and facts.is_person:
        return 'post', ''
    if facts.knows in ('', 'gone'):
        # a number is known to who got a mail with it: a colleague writing from home is no stranger
        return ('refuse' if facts.strangers == 'refuse' and not facts.knows and not facts.replies else 'list'), 'stranger'
    if facts.knows in ('many', 'barred'):
        return 'list', facts.knows
    if facts.replies:
        return 'list', 'not_theirs'
    return ('list', 'flood') if facts.lately >= NEW_AN_HOUR else ('new', '')


def robot(headers: Iterable[tuple[str, str]], sender: str, own: Collection[str] = ()) -> str:
    """Return why no person wrote a mail: ``own`` address, ``bounce``, ``auto`` or ``list``; '' for what a person may have written.

    :param headers: every header, in any order and case
    :param sender: the address alone, '' if there is none
    :param own: addresses from which this Odoo itself sends, in lower case

    >>> robot([('Auto-Submitted', 'auto-replied')], 'a@example.com')
    'auto'
    >>> robot([('Auto-Submitted', 'no')], 'a@example.com')
    ''
    """
    said: dict[str, list[str]] = {}
    for name, value in headers:
        said.setdefault(name.lower(), []).append(str(value).strip().lower())
    if sender.lower() in own:
        return 'own'
    if sender.partition('@')[0].lower() in BOUNCERS or '<>' in said.get('return-path', ()):
        return 'bounce'
    if any(value.startswith('multipart/report') for value in said.get('content-type', ())):
        return 'bounce'
    if any(value.startswith(WRITTEN_BY_MACHINE) for value in said.get('auto-submitted', ())):
        return 'auto'
    if any(value not in ('', 'none') for name in AUTOREPLIES for value in said.get(name, ())):
        return 'auto'
    precedence = set(said.get('precedence', ()))
    if 'auto_reply' in precedence:
        return 'auto'
    return 'list' if precedence & BULK or 'list-id' in said else ''


def forbids_answer(headers: Iterable[tuple[str, str]]) -> bool:
    """Tell whether a mail says that no machine may answer it, whoever wrote it.

    >>> forbids_answer([('X-Auto-Response-Suppress', 'All')]), forbids_answer([('Auto-Submitted', 'no')])
    (True, False)
    """
    said = {(name.lower(), str(value).split(';')[0].strip().lower()) for name, value in headers}
    return any(name == 'x-auto-response-suppress' and value not in ('', 'none') or name == 'auto-submitted' and value not in ('', 'no') for name, value in said)


def is_answered_by_nobody(sender: str) -> bool:
    """Tell whether an address says itself that nobody reads what is sent to it.

    >>> is_answered_by_nobody('No-Reply@example.com'), is_answered_by_nobody('nora@example.com')
    (True, False)
    """
    name = sender.partition('@')[0].lower()
    return not sender or name in BOUNCERS or UNANSWERED.search(name) is not None


def numbers(subject: str) -> list[str]:
    """Return what may be a ticket's number in a subject, in its order and as tickets write it.

    >>> numbers("AW: [TKT/2026/0007] Printer [urgent]")
    ['TKT/2026/0007', 'URGENT']
    """
    return [found.upper() for found in NUMBER.findall(subject or '')][:5]


def topic(subject: str, fallback: str) -> str:
    """Return the subject of a new ticket: without the marks of replies and forwards, on one line, and never empty.

    >>> topic("WG: Re:  No  paper\\n left", "Mail")
    'No paper left'
    """
    words = ' '.join(_plain(PREFIXES.sub('', subject or '')).split())
    return words[:MAX_SUBJECT].rstrip() or fallback


def forwarded_from(subject: str, text: str) -> str:
    """Return who wrote a forwarded mail first, as the mail says it, '' if it is none.

    >>> forwarded_from("Fwd: No paper", "Please help\\n\\n-- Forwarded message --\\nFrom: Abebe <abebe@example.com>\\nDate: today")
    'Abebe <abebe@example.com>'
    """
    found = ORIGINAL.search(text or '') if FORWARDED.match(subject or '') else None
    return _plain(found[1]).strip(' *') if found else ''


def without_links(text: str) -> str:
    """Return a text in which nobody finds the link that confirms: a reply quotes the mail that held it, and others read the reply.

    >>> without_links("see https://x.example/it_continuity/answer/7-1790000000-" + "0" * 40 + "?say=yes now")
    'see https://x.example/it_continuity/answer/?say=yes now'
    """
    return LINK.sub(lambda found: f'it_continuity{found[1]}answer{found[2]}', text)


def file_without_links(content: bytes) -> bytes:
    """Return a file without these links, too, where it is a mail whose parts are coded; what has none stays as it is, byte for byte.

    >>> file_without_links(b"Subject: x\\n\\nsee /it_continuity/answer/7-1-" + b"0" * 40)
    b'Subject: x\\n\\nsee /it_continuity/answer/'
    """
    for part in message_from_bytes(content).walk():
        encode = CODINGS.get(str(part.get('Content-Transfer-Encoding', '')).strip().lower())
        if not encode or part.is_multipart():
            continue
        said = part.get_payload(decode=True) or b''
        left = _bytes_without_links(said)
        if left != said:
            content = content.replace(part.get_payload().encode('utf-8', 'surrogateescape'), encode(left))
    return _bytes_without_links(content)


def _bytes_without_links(content: bytes) -> bytes:
    return without_links(content.decode('utf-8', 'surrogateescape')).encode('utf-8', 'surrogateescape')


def token(ticket_id: int, expires: int, mark: str) -> str:
    """Return what a link carries: nothing in it is a secret but the mark, of 160 bits."""
    return f'{ticket_id}-{expires}-{mark[:40]}'


def parse_token(words: str) -> tuple[int, int, str] | None:
    """Return ``(ticket id, expiry, mark)`` of a link, None for anything else.

    >>> parse_token(token(7, 1790000000, "ab" * 32)) == (7, 1790000000, "ab" * 20)
    True
    """
    found = TOKEN.fullmatch(words or '')
    return (int(found[1]), int(found[2]), found[3]) if found and int(found[1]) < 2**31 else None


def file_name(name: str) -> str:
    """Return a file's name without folders, control characters and marks that turn the direction of writing, short, with its ending.

    >>> file_name("../../etc/passwd"), file_name("invoice\\u202etxt.exe"), file_name("  ")
    ('passwd', 'invoicetxt.exe', 'file')
    """
    words = ' '.join(_plain(re.split(r'[/\\]', str(name or ''))[-1]).split()).strip(' .')
    stem, dot, ending = words.rpartition('.')
    if dot and stem and len(ending) <= 10:
        return f'{stem[:MAX_NAME - len(ending) - 1]}.{ending}'
    return words[:MAX_NAME] or 'file'


def fitting(sizes: Sequence[int], most: int, each: int, altogether: int) -> list[bool]:
    """Return for each file whether it is kept: at most ``most`` of them, none larger than ``each``, no more than ``altogether`` bytes.

    >>> fitting([5, 50, 5, 5], 2, 10, 100)
    [True, False, True, False]
    """
    kept, count, total = [], 0, 0
    for size in sizes:
        fits = size <= each and count < most and total + size <= altogether
        kept.append(fits)
        count, total = count + fits, total + size * fits
    return kept


def mend_headers(message: EmailMessage) -> None:
    """Let each header of a mail on which Python's library fails be read as plain text; nobody would see the mail otherwise.

    >>> from email.policy import SMTP
    >>> mail = message_from_bytes(b"Cc: Sales: a@example.com; b@example.com\\nMessage-Id: <[1]@example.com>\\n\\nx", policy=SMTP)
    >>> mend_headers(mail)
    >>> mail['Cc'], mail['Message-Id']
    ('Sales: a@example.com; b@example.com', '<[1]@example.com>')
    """
    for part in message.walk():
        said = list(part.raw_items())
        told = [(name, value if _is_readable(part, name, value) else AS_TEXT(name, _unescaped(value))) for name, value in said]
        if any(new is not old for (_name, new), (_name, old) in zip(told, said, strict=True)):
            for name in {name for name, _value in said}:
                del part[name]
            for name, value in told:
                part.set_raw(name, value)


def _is_readable(part: EmailMessage, name: str, value: str) -> bool:
    try:
        part.policy.header_fetch_parse(name, value)
    except Exception:  # noqa: BLE001  it fails in many ways, none of them meant
        return False
    return '\x00' not in value


def _unescaped(value: str) -> str:
    """Return a raw header on one line, its bytes read as UTF-8, without what a database cannot keep."""
    return storable(' '.join(value.encode('utf-8', 'surrogateescape').decode('utf-8', 'replace').split()))


def header_lines(headers: Iterable[tuple[str, str]]) -> str:
    """Return the headers by which a person judges where a mail comes from, each cut to a line."""
    wanted = {name.lower(): place for place, name in enumerate(HEADERS_KEPT)}
    lines = [(wanted[name.lower()], f'{name}: {" ".join(_plain(str(value)).split())[:MAX_HEADER]}') for name, value in headers if name.lower() in wanted]
    return '\n'.join(line for _place, line in sorted(lines, key=lambda one: one[0])[:2 * len(HEADERS_KEPT)])


def silence(waited: float, days: int, warned: float | None) -> str:
    """Return what becomes of a resolved ticket to which no word came: ``close``, ``warn`` or '' for nothing yet.

    Who asked is warned two days before the end, or half-way when there are not so many, and then has a day left at least.

    :param waited: opening days since it was resolved, or since a technician answered the last word
    :param days: opening days after which it is closed
    :param warned: opening days since who asked was warned, None if they were not

    >>> silence(5, 7, None), silence(7, 7, 2), silence(9, 7, None), silence(7, 7, 0.5)
    ('warn', 'close', 'warn', '')
    """
    if warned is None:
        return 'warn' if waited >= max(days - 2, days / 2) else ''
    return 'close' if waited >= days and warned >= 1 else ''


def storable(text: str) -> str:
    """Return a text that a database can keep: no NUL, and no half of a character that a broken mail left.

    >>> storable("a\\x00\\udce4b")
    'a?b'
    """
    return text.replace('\x00', '').encode('utf-8', 'replace').decode('utf-8')


def _plain(text: str) -> str:
    """Return a text without control characters but line breaks, and without those that are not seen but change what is."""
    return ''.join(letter for letter in storable(text) if letter in '\n\t' or unicodedata.category(letter) not in ('Cc', 'Cf', 'Cs', 'Co'))
