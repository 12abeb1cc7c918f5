"""A program in the place of wevtutil: answers `qe` and `gli` from a JSON file, in the form that the schema of events gives.

The file: channel to a list of ``[number, provider, event id, level, seconds ago, message]``; instead of a list ``{"code": 5, "says": "…"}``,
``{"gives": "…"}`` (whatever is asked) or ``{"sleeps": 20}``, which happens to rendered queries alone with ``"rendered": true``.
"""
import json
import re
import sys
import time
from datetime import datetime, timezone
from xml.sax.saxutils import escape

SPACE = 'http://schemas.microsoft.com/win/2004/08/events/event'


def matches(one, path):
    """Tell whether an event is found by one of the queries that the collector makes."""
    number, _provider, ident, level, ago, *_rest = one
    words = re.findall(r'(Level|EventID)=(\d+)', path)
    if words and not any(int(value) == {'Level': level, 'EventID': ident}[name] for name, value in words):
        return False
    after, back = re.search(r'EventRecordID > (\d+)', path), re.search(r'timediff\(@SystemTime\) <= (\d+)', path)
    return (not after or number > int(after[1])) and (not back or ago * 1000 <= int(back[1]))


def xml(one, channel, rendered):
    number, provider, ident, level, ago, message = one
    at = datetime.fromtimestamp(time.time() - ago, timezone.utc).strftime('%Y-%m-%dT%H:%M:%S.%f') + '7Z'
    words = f"<RenderingInfo Culture='de-DE'><Message>{escape(message)}</Message><Level>Fehler</Level></RenderingInfo>" if rendered and message else ''
    data = (f"<UserData><LogFileCleared xmlns='http://manifests.microsoft.com/win/2004/08/windows/eventlog'><Channel>{escape(message)}</Channel>"
            "</LogFileCleared></UserData>" if ident == 104 else "<EventData><Data Name='param1'>carried</Data><Data>along</Data></EventData>")
    return (f"<Event xmlns='{SPACE}'><System><Provider Name='{escape(provider)}'/><EventID Qualifiers='49152'>{ident}</EventID><Version>0</Version>"
            f"<Level>{level}</Level><TimeCreated SystemTime='{at}'/><EventRecordID>{number}</EventRecordID><Channel>{channel}</Channel>"
            f"<Computer>ERP-SRV</Computer><Security/></System>{data}{words}</Event>")


def main(file, verb, channel, *arguments):
    with open(file, encoding='utf-8') as opened:
        logs = json.load(opened)
    log = logs.get(channel, {'code': 15007, 'says': "Der angegebene Kanal wurde nicht gefunden."})
    rendered = '/f:RenderedXml' in arguments
    if isinstance(log, dict):
        if log.get('rendered') and not rendered:
            log = log['events']
        else:
            time.sleep(log.get('sleeps', 0))
            sys.stderr.buffer.write(log.get('says', '').encode('cp850'))
            sys.stdout.buffer.write(log.get('gives', '').encode('utf-16'))
            return log.get('code', 0)
    if verb == 'gli':
        sys.stdout.write(f'creationTime: 2025-05-20T00:00:00.0000000Z\nfileSize: 69632\nnumberOfLogRecords: {len(log)}\noldestRecordNumber: 1\n')
        return 0
    said = dict(one.lstrip('/').split(':', 1) for one in arguments)
    found = sorted(one for one in log if matches(one, said['q']))
    found = (found[::-1] if said['rd'] == 'true' else found)[:int(said['c'])]
    sys.stdout.buffer.write('\r\n'.join(xml(one, channel, rendered) for one in found).encode('utf-16'))
    return 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
