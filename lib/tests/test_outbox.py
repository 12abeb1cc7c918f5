import json
from datetime import datetime, timedelta

import pytest
from hypothesis import given, strategies as st
from lib import outbox

NOON = datetime(2026, 11, 28, 12)
HOSTILE = '<script>alert(1)</script> & "x" \\ {{title}} <!channel> *b* _i_ [a](http://evil.example) 😀 é\u202e'
GIVEN = {'url': 'https://a.example', 'token': '', 'topic': 't', 'chat': '-1', 'template': outbox.TEMPLATE}
TEXTS = st.text(alphabet=st.characters(codec='utf-8'), max_size=300)


def message(title='Title', text='Text', severity='critical', url='https://odoo.example.com/odoo/it-notifications/1'):
    return outbox.Message(outbox.line(title), outbox.plain(text), severity, url, 'alert:1', '2026-11-28T12:00:00Z')


# === WHEN === #

@given(st.integers(0, 10_000), st.one_of(st.none(), st.floats(0, 1e9)))
def test_pauses_grow_to_a_cap_and_are_never_shorter_than_asked(tries, asked):
    pause = (outbox.next_try(tries, NOON, asked) - NOON).total_seconds()
    assert outbox.FIRST_PAUSE_S <= pause <= max(outbox.LONGEST_PAUSE_S, outbox.LONGEST_OBEYED_S)
    assert pause >= min(asked or 0, outbox.LONGEST_OBEYED_S) - 1e-3
    assert outbox.next_try(tries + 1, NOON, asked) >= outbox.next_try(tries, NOON, asked)


def test_every_message_is_dead_some_day():
    at, tries = NOON, 0
    while not outbox.is_last(tries, NOON, at):
        tries += 1
        at = outbox.next_try(tries, at)
    assert tries <= outbox.MOST_TRIES and at - NOON <= timedelta(hours=outbox.MOST_HOURS + 1)
    assert tries >= 10, "an evening without network is outlived"


@pytest.mark.parametrize('status', [429, 500, 501, 502, 503, 504, 529, 599, 408, 425])
def test_worth_another_try(status):
    assert outbox.verdict(status) == 'again'


@pytest.mark.parametrize('status', [301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 431, 451, 100])
def test_not_worth_another_try(status):
    assert outbox.verdict(status) == 'never'


@pytest.mark.parametrize('status', [200, 201, 202, 204])
def test_taken(status):
    assert outbox.verdict(status) == 'sent'


@pytest.mark.parametrize('header, body, seconds', [
    ('0', '', 0), ('120', '', 120), (' 7 ', '', 7), ('Sat, 28 Nov 2026 12:01:30 GMT', '', 90), ('Sat, 28 Nov 2026 11:00:00 GMT', '', 0),
    ('Sat, 28 Nov 2026 12:01:30 +0100', '', 0), ('-5', '', None), ('soon', '', None), ('1e9', '', None), (None, '', None), ('99999999999', '', None),
    (None, '{"ok": false, "parameters": {"retry_after": 35}}', 35), (None, '{"parameters": {"retry_after": true}}', None),
    (None, '{"parameters": {"retry_after": "x"}}', None), (None, '[1]', None), (None, '"x"', None), (None, '[' * 5000, None),
])
def test_asked_pause(header, body, seconds):
    assert outbox.asked_pause(header, body, NOON) == seconds


@given(st.one_of(st.none(), st.text()), st.text())
def test_whatever_a_service_answers_is_understood_or_ignored(header, body):
    assert (outbox.asked_pause(header, body, NOON) or 0) >= 0


# === TEXT === #

@given(TEXTS)
def test_a_title_is_one_line_and_a_text_is_text(text):
    assert '\n' not in outbox.line(text) and '\r' not in outbox.plain(text)
    assert not outbox.UNPRINTABLE.search(outbox.plain(text))
    assert outbox.plain(outbox.plain(text)) == outbox.plain(text)


@given(TEXTS, st.integers(3, 80), st.sampled_from([len, outbox.utf8_size, outbox.utf16_size]))
def test_cut_fits_and_keeps_the_beginning(text, most, size):
    short = outbox.cut(text, most, size)
    assert size(short) <= most
    assert short == text or text.startswith(short[:-1])


# === WHERE === #

@pytest.mark.parametrize('url', ['http://ntfy', 'https://ntfy.sh', 'http://192.168.1.5:8080/x?y=1', 'http://[fd00::1]:8080/'])
def test_addresses(url):
    assert outbox.is_address(url)


@pytest.mark.parametrize('url', [
    '', 'ntfy.sh', '//ntfy.sh', 'ftp://a.example', 'file:///etc/passwd', 'gopher://a', 'javascript:alert(1)', 'http://', 'http://:80',
    'http://me:pw@a.example', 'http://me@a.example', 'http://a.example/\r\nX: 1', 'http://a.example/ b', 'http://a.example\\@b.example',
    'http://a.example:99999', 'http://a.example:0', 'http://ä.example', 'http://[::1', 'https://a.example/' + 'x' * 2000])
def test_no_addresses(url):
    assert not outbox.is_address(url)


@pytest.mark.parametrize('address, is_refused', [
    ('10.0.0.1', False), ('172.16.0.1', False), ('192.168.0.1', False), ('100.64.0.1', False), ('8.8.8.8', False), ('fd00::1', False),
    ('2606:4700::1', False), ('127.0.0.1', True), ('127.8.9.1', True), ('::1', True), ('169.254.169.254', True), ('fe80::1', True),
    ('fe80::1%eth0', True), ('fd00:ec2::254', True), ('224.0.0.1', True), ('ff02::1', True), ('0.0.0.0', True), ('::', True),
    ('255.255.255.255', True), ('::ffff:127.0.0.1', True), ('::ffff:169.254.169.254', True), ('::ffff:10.0.0.1', False),
    ('2002:a9fe:a9fe::1', True), ('', True), ('localhost', True)])
def test_refused_addresses(address, is_refused):
    assert outbox.is_refused(address) is is_refused


def test_this_machine_is_reached_when_an_administrator_allows_it():
    assert not outbox.is_refused('127.0.0.1', True) and not outbox.is_refused('::1', True)
    assert outbox.is_refused('169.254.169.254', True)


@pytest.mark.parametrize('shape, changed, fault', [
    ('ntfy', {}, ''), ('ntfy', {'topic': ''}, 'topic'), ('ntfy', {'topic': 'a/b'}, 'topic'), ('ntfy', {'topic': 'x' * 65}, 'topic'),
    ('ntfy', {'url': ''}, 'url'), ('ntfy', {'token': 'a b'}, 'token'), ('ntfy', {'token': 'a\nX: 1'}, 'token'), ('slack', {}, ''),
    ('teams', {}, ''), ('teams', {'url': 'x'}, 'url'), ('telegram', {'token': '1:a'}, ''), ('telegram', {'token': '1:a', 'url': ''}, ''),
    ('telegram', {}, 'token'), ('telegram', {'token': '1:a/../x'}, 'token'), ('telegram', {'token': '1:a', 'chat': 'x'}, 'chat'),
    ('telegram', {'token': '1:a', 'chat': '@channel'}, ''), ('generic', {}, ''), ('generic', {'template': 'no json'}, 'template'),
    ('generic', {'template': '{"a": "{{other}}"}'}, 'template'), ('generic', {'template': ''}, 'template'), ('matrix', {}, 'shape'), ('', {}, 'shape')])
def test_webhook_fault(shape, changed, fault):
    assert outbox.webhook_fault(shape, {**GIVEN, **changed}) == fault


# === SHAPES === #

@pytest.mark.parametrize('shape', outbox.SHAPES)
@given(TEXTS, TEXTS, st.sampled_from(outbox.SEVERITIES))
def test_every_body_is_json_in_ascii_and_every_header_one_line(shape, title, text, severity):
    given = {**GIVEN, 'token': '1:a'}
    made = outbox.request(shape, given, message(title, text, severity), 'key')
    assert json.loads(made.body) is not None
    assert made.body.isascii()
    assert made.headers['Idempotency-Key'] == 'key'
    for value in made.headers.values():
        assert value.isascii() and '\n' not in value and '\r' not in value


@pytest.mark.parametrize('text', ['x' * 20_000, 'é' * 20_000, '😀' * 20_000, '<&>' * 7_000, 'a\n' * 10_000])
def test_no_service_gets_more_than_it_takes(text):
    told = message(text, text)
    assert outbox.utf8_size(outbox.ntfy(GIVEN, told)['message']) <= 4096
    assert len(outbox.slack(GIVEN, told)['text']) <= 5000
    assert outbox.utf16_size(outbox.telegram({**GIVEN, 'token': '1:a'}, told)['text']) <= 4096
    assert len(json.dumps(outbox.teams(GIVEN, told))) <= 28 * 1024


def test_text_is_text_to_each_service():
    told = message(HOSTILE, HOSTILE)
    slack = outbox.slack(GIVEN, told)
    assert '<' not in slack['text'] and '>' not in slack['text'] and slack['mrkdwn'] is False
    assert 'TextBlock"' not in json.dumps(outbox.teams(GIVEN, told)).replace('RichTextBlock"', '')
    assert 'parse_mode' not in outbox.telegram(GIVEN, told)
    assert 'markdown' not in outbox.ntfy(GIVEN, told)
    assert outbox.generic(GIVEN, told)['text'] == outbox.plain(HOSTILE)


@pytest.mark.parametrize('template', ['{"a": NaN}', '{"a": Infinity}', '[' * 3000 + ']' * 3000, '{"a": "{{title.__class__}}"}x', '{"{{title}}": "{{ x }}"}'])
def test_templates_that_are_none(template):
    assert outbox.filled(template, dict.fromkeys(outbox.PLACEHOLDERS, '')) is None


def test_a_template_reaches_nothing_but_its_placeholders():
    assert outbox.filled('{"a": "{{title.__class__}} {title} %(title)s ${title} {0}"}', {'title': 'T'}) == {
        'a': '{{title.__class__}} {title} %(title)s ${title} {0}'}


@given(TEXTS)
def test_no_secret_is_left(text):
    secrets = ['tk_secret', 'https://a.example/secret']
    cleaned = outbox.without_secrets(f'{text} tk_secret https://a.example/secret', secrets)
    assert not any(secret in cleaned for secret in secrets)


def test_of_a_secret_that_begins_like_another_nothing_is_left():
    assert outbox.without_secrets('at hook/secret-path?sig=1', ['hook/secret', 'hook/secret-path?sig=1']) == 'at …'
