import itertools
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, compat32, default

import pytest
from hypothesis import given, strategies as st
from lib.ticket_mail import (
    Facts,
    file_name,
    file_without_links,
    fitting,
    forbids_answer,
    forwarded_from,
    header_lines,
    is_answered_by_nobody,
    mend_headers,
    numbers,
    parse_token,
    robot,
    silence,
    token,
    topic,
    verdict,
    without_links,
)

LINK = 'https://odoo.example.com/it_continuity/answer/' + token(12, 1790000000, 'ab' * 32)


@pytest.mark.parametrize(('headers', 'sender', 'why'), [
    ([], 'abebe@example.com', ''),
    ([('Auto-Submitted', 'no')], 'abebe@example.com', ''),
    ([('Precedence', 'first-class'), ('Return-Path', '<abebe@example.com>')], 'abebe@example.com', ''),
    ([('X-Auto-Response-Suppress', 'None')], 'abebe@example.com', ''),
    ([('auto-submitted', 'auto-replied; owner="x"')], 'abebe@example.com', 'auto'),
    ([('Auto-Submitted', 'Auto-Generated')], 'abebe@example.com', 'auto'),
    ([('X-Auto-Response-Suppress', 'All')], 'abebe@example.com', ''),
    ([('Auto-Submitted', 'auto-forwarded')], 'abebe@example.com', ''),
    ([('Auto-Submitted', 'auto-replied'), ('X-Auto-Response-Suppress', 'All')], 'abebe@example.com', 'auto'),
    ([('X-Autoreply', 'yes')], 'abebe@example.com', 'auto'),
    ([('Precedence', 'auto_reply')], 'abebe@example.com', 'auto'),
    ([('Precedence', 'Bulk')], 'abebe@example.com', 'list'),
    ([('PRECEDENCE', 'junk')], 'abebe@example.com', 'list'),
    ([('List-Id', '<it.example.com>')], 'abebe@example.com', 'list'),
    ([('Return-Path', ' <> ')], 'abebe@example.com', 'bounce'),
    ([('Content-Type', 'multipart/report; report-type=delivery-status')], 'abebe@example.com', 'bounce'),
    ([], 'MAILER-DAEMON@example.com', 'bounce'),
    ([], 'Postmaster@example.com', 'bounce'),
    ([], 'IT@Example.com', 'own'),
])
def test_who_is_no_person(headers, sender, why):
    assert robot(headers, sender, {'it@example.com'}) == why


@pytest.mark.parametrize(('headers', 'forbids'), [
    ([], False), ([('Auto-Submitted', 'No')], False), ([('X-Auto-Response-Suppress', 'None')], False), ([('x-auto-response-suppress', 'OOF, AutoReply')], True),
    ([('Auto-Submitted', 'auto-forwarded; x')], True), ([('Auto-Submitted', 'auto-replied')], True)])
def test_who_wants_no_answer_of_a_machine(headers, forbids):
    assert forbids_answer(headers) == forbids


EVERY = [
    Facts(robot, knows, replies, is_reader, is_person, lately, strangers)
    for robot, knows, replies, is_reader, is_person, lately, strangers in itertools.product(
        ('', 'own', 'bounce', 'auto', 'list'), ('', 'one', 'many', 'gone', 'barred'), ('', 'thread', 'number'), (False, True), (False, True),
        (0, 10), ('list', 'refuse'))
    if is_reader or not is_person
]


def test_each_mail_has_one_end_and_a_robots_is_never_said_or_answered():
    for facts in EVERY:
        act, why = verdict(facts)
        assert act in ('post', 'new', 'list', 'file', 'refuse')
        assert bool(why) == (act in ('list', 'file', 'refuse')), facts
        if facts.robot:
            assert act in ('list', 'file')
        if act == 'new':
            assert facts.knows == 'one' and not facts.replies and facts.lately < 10
        if act == 'refuse':
            assert (facts.strangers, facts.knows, facts.replies) == ('refuse', '', '')
        if act == 'post' and facts.replies == 'number':
            assert facts.is_person
        if act == 'post' and facts.knows:
            assert facts.is_reader


@pytest.mark.parametrize(('facts', 'end'), [
    (Facts(knows='one'), ('new', '')),
    (Facts(knows='one', lately=9), ('new', '')),
    (Facts(knows='one', lately=10), ('list', 'flood')),
    (Facts(knows='many'), ('list', 'many')),
    (Facts(knows='barred'), ('list', 'barred')),
    (Facts(), ('list', 'stranger')),
    (Facts(strangers='refuse'), ('refuse', 'stranger')),
    (Facts(knows='gone', strangers='refuse'), ('list', 'stranger')),
    (Facts(replies='number', strangers='refuse'), ('list', 'stranger')),
    (Facts(replies='thread'), ('post', '')),
    (Facts(knows='gone', replies='thread'), ('list', 'stranger')),
    (Facts(knows='one', replies='thread'), ('list', 'not_theirs')),
    (Facts(knows='one', replies='thread', is_reader=True), ('post', '')),
    (Facts(knows='one', replies='number', is_reader=True), ('list', 'not_theirs')),
    (Facts(knows='one', replies='number', is_reader=True, is_person=True), ('post', '')),
    (Facts(replies='number'), ('list', 'stranger')),
    (Facts(robot='auto', knows='one', replies='number', is_person=True, is_reader=True), ('file', 'auto')),
    (Facts(robot='list', knows='one'), ('list', 'list')),
])
def test_what_becomes_of_a_mail(facts, end):
    assert verdict(facts) == end


def test_numbers_in_a_subject():
    assert numbers("Re: [tkt/2026/0001] and [ TKT/2026/0002 ]") == ['TKT/2026/0001', 'TKT/2026/0002']
    assert numbers("TKT/2026/0001 [ab] [] [a b] [x'y]") == []
    assert len(numbers("[TKT/1]" * 40)) == 5
    assert numbers(None) == []


def test_subject_of_a_new_ticket():
    assert topic("RE: AW: Fwd: Screen", "Mail") == "Screen"
    assert topic(None, "Mail") == topic("Re: ", "Mail") == topic("\u202e\x00", "Mail") == "Mail"
    assert len(topic("x" * 5000, "Mail")) == 200
    assert topic("Regarding: x", "Mail") == "Regarding: x"
    assert topic("አታሚው ተበላሽቷል", "Mail") == "አታሚው ተበላሽቷል"


@pytest.mark.parametrize(('subject', 'text', 'who'), [
    ("Fwd: Ink", "FYI\n---------- Forwarded message ---------\nFrom: Sara T <sara@example.org>\nDate: Mon", "Sara T <sara@example.org>"),
    ("WG: Ink", "-----Original-----\n*Von:* Sara <sara@example.org>\n*Gesendet:* x", "Sara <sara@example.org>"),
    ("Re: Ink", "From: Sara <sara@example.org>", ''),
    ("Fwd: Ink", "no header", ''),
    ("Fwd: Ink", None, ''),
])
def test_forwarded(subject, text, who):
    assert forwarded_from(subject, text) == who


@pytest.mark.parametrize('text', [
    f"> {LINK}?say=yes", f'<a href="{LINK}">Yes</a>', LINK.replace('/', '%2F'), LINK.replace('/', '%2f').upper(),
    LINK[:-45] + "\n> " + LINK[-45:], LINK[:-20] + "=\n" + LINK[-20:], f"{LINK} {LINK}"])
def test_no_link_is_left_in_what_others_read(text):
    left = without_links(text)
    assert 'ab' * 5 not in left.lower() and '1790000000' not in left


@pytest.mark.parametrize('coding', ['base64', 'quoted-printable', '8bit'])
def test_no_link_is_left_in_a_coded_mail_that_is_kept(coding):
    words = f"አይ፣ አሁንም አይሰራም\n> {LINK}?say=yes\n" * 3
    inner, outer = EmailMessage(), EmailMessage()
    inner.set_content(words, cte=coding)
    outer['Subject'] = "Re: አታሚው"
    outer.set_content(words, cte=coding)
    outer.add_attachment(inner)
    outer.add_attachment(bytes(range(256)), maintype='application', subtype='octet-stream', filename="a.bin")
    left = message_from_bytes(file_without_links(outer.as_bytes()), policy=default)
    texts = [part.get_content() for part in left.walk() if part.get_content_maintype() == 'text']
    assert [text.replace('\r', '') for text in texts] == [without_links(words)] * 2
    assert [*left.iter_attachments()][1].get_content() == bytes(range(256))


@given(st.binary(max_size=200))
def test_file_without_a_link_stays_byte_for_byte(content):
    assert file_without_links(content) == content
    mail = b'Content-Transfer-Encoding: base64\n\n' + content
    assert file_without_links(mail) == mail


def test_words_around_a_link_stay():
    assert without_links(f"No {LINK} a bad day, it still jams") == "No https://odoo.example.com/it_continuity/answer/ a bad day, it still jams"
    assert without_links(f"<{LINK[:-30]}> cut") == "<https://odoo.example.com/it_continuity/answer/> cut"


def test_text_without_a_link_stays():
    for text in ("Please see it_continuity/answers", "https://odoo.example.com/odoo/it-tickets/12", ""):
        assert without_links(text) == text


@given(st.integers(0, 2**31 - 1), st.integers(0, 10**10), st.text('0123456789abcdef', min_size=64, max_size=64))
def test_token_is_read_back(ticket_id, expires, mark):
    assert parse_token(token(ticket_id, expires, mark)) == (ticket_id, expires, mark[:40])


@given(st.text())
def test_anything_else_is_no_token(words):
    assert parse_token(words) is None
    assert parse_token(f'1-{words}-' + 'a' * 40) is None or words.isdecimal()


def test_token_limits():
    assert parse_token(None) is parse_token('9999999999-1-' + 'a' * 40) is parse_token('1-1-' + 'a' * 39) is parse_token('1-1-' + 'A' * 40) is None
    assert parse_token('1-1-' + 'a' * 40 + '\n') is None


@given(st.text(max_size=300))
def test_file_names_are_short_and_harmless(name):
    clean = file_name(name)
    assert 0 < len(clean) <= 120 and not set(clean) & set('/\\\x00\n\r\u202e')


def test_file_names():
    assert file_name("C:\\Users\\x\\photo.JPG") == "photo.JPG"
    assert file_name("a" * 300 + ".pdf") == "a" * 116 + ".pdf"
    assert file_name(None) == file_name("...") == "file"


@given(st.lists(st.integers(0, 50), max_size=30))
def test_what_is_kept_stays_within_its_limits(sizes):
    kept = [size for size, fits in zip(sizes, fitting(sizes, 5, 20, 60), strict=True) if fits]
    assert len(kept) <= 5 and sum(kept) <= 60 and all(size <= 20 for size in kept)


def test_headers_are_kept_short():
    lines = header_lines([('X-Foo', 'no'), ('Subject', 'no'), ('from', 'a\r\nBcc: b'), ('TO', 'x' * 999), ('Auto-Submitted', 'auto')] + [('To', 'y')] * 99)
    assert lines.startswith('from: a Bcc: b\n') and 'X-Foo' not in lines and 'Subject' not in lines
    assert max(map(len, lines.splitlines())) <= 310 and len(lines.splitlines()) <= 40


@given(st.lists(st.tuples(
    st.sampled_from(['From', 'To', 'Cc', 'Message-Id', 'Subject', 'Date', 'Content-Type', 'Content-Disposition', 'X-Other']),
    st.lists(st.sampled_from(
        ['a@', '<', '"', '. ', 'Sales: a@b.c;', 'x@y.z', 'Abebe <a@b.c>', '<[1]@b.c>', ',', '\\', '=?utf-8?q?a?=', '=?x-no?b?!?=', 'text/plain; charset*0*=x',
         'attachment; filename*0="a', '\xe4', 'አበበ', '\x00', '\r\n ']), min_size=1, max_size=4).map(''.join)), max_size=5))
def test_every_header_can_be_read(headers):
    raw = ''.join(f'{name}: {value}\r\n' for name, value in headers).encode() + b'\r\nbody'
    mail, untouched = message_from_bytes(raw, policy=SMTP), message_from_bytes(raw, policy=SMTP)
    mend_headers(mail)
    read = [str(mail.policy.header_fetch_parse(name, value)) for name, value in mail.raw_items()]
    assert '\x00' not in ''.join(read)
    assert [name for name, _value in mail.raw_items()] == [name for name, _value in untouched.raw_items()]
    assert mail.get_content_type()
    assert isinstance(mail.as_bytes(policy=compat32), bytes)


def test_headers_that_can_be_read_stay_as_they_came():
    raw = b'From: "Sara" <sara@example.com>\r\nCc: Sales: a@example.com, b@example.com;\r\nTo: it@example.com\r\nSubject: =?utf-8?q?S=C3=A4ra?=\r\n\r\nbody'
    mail = message_from_bytes(raw, policy=SMTP)
    before = list(mail.raw_items())
    mend_headers(mail)
    assert list(mail.raw_items()) == before
    assert mail['Cc'].groups[0].display_name == 'Sales'


def test_headers_that_cannot_be_read_keep_their_words():
    raw = 'From: User <user@example.com>, አበበ@\r\nTo: it@example.com\r\nCc: "\r\n\r\nbody'.encode()
    mail = message_from_bytes(raw, policy=SMTP)
    with pytest.raises(Exception, match='index out of range'):
        str(mail['From'])
    mend_headers(mail)
    assert [(name, str(value)) for name, value in mail.items()] == [('From', 'User <user@example.com>, አበበ@'), ('To', 'it@example.com'), ('Cc', '"')]


def test_addresses_that_nobody_reads():
    for address in ('', 'noreply@x.example', 'no_reply@x.example', 'Do-Not-Reply@x.example', 'bounce+7@x.example', 'MAILER-DAEMON@x.example'):
        assert is_answered_by_nobody(address), address
    for address in ('norbert@x.example', 'bouncer@x.example', 'it@x.example'):
        assert not is_answered_by_nobody(address), address


@pytest.mark.parametrize(('waited', 'days', 'warned', 'end'), [
    (0, 7, None, ''), (4.9, 7, None, ''), (5, 7, None, 'warn'), (50, 7, None, 'warn'), (6.9, 7, 3, ''), (7, 7, 0.9, ''), (7, 7, 1, 'close'), (50, 7, 1, 'close'),
    (0.4, 1, None, ''), (0.5, 1, None, 'warn'), (1, 1, 0.5, ''), (1.5, 1, 1, 'close'), (0.9, 2, None, ''), (1, 2, None, 'warn'), (2, 2, 1, 'close')])
def test_silence(waited, days, warned, end):
    assert silence(waited, days, warned) == end


@given(st.floats(0, 400), st.integers(1, 365), st.floats(0, 400) | st.none())
def test_nobody_is_closed_early_or_unwarned(waited, days, warned):
    if silence(waited, days, warned) == 'close':
        assert waited >= days and warned is not None and warned >= 1
