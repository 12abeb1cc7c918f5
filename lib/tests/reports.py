"""Well-formed reports and enrolments to start from."""

import json

from lib import protocol

DB_ID = 'd' * 32
EPOCH = 'e' * 32
CHECKS = [12, 13]
SERIES = [[0, "/", "free_pct", "%"], [1, "", "count", ""]]
SHAPE = {'id': protocol.shape_id(CHECKS, SERIES), 'checks': CHECKS, 'series': SERIES}
TS = '2026-11-23T05:12:44.120+00:00'

EVENTS = {
    'facts': {
        'hostname': "srv1", 'cpu_count': 4, 'memory_bytes': 68719476736, 'boot_time': TS, 'addresses': ["10.0.0.5"],
        'volumes': [{'mount': "C:\\", 'device': "", 'fstype': "NTFS", 'total_bytes': 10**12}],
    },
    'collectors': {'collectors': [{
        'kind': 'disk', 'title': "Disk room", 'help': "", 'every_s': 60,
        'settings': [{'name': 'include', 'type': 'list', 'default': ["/"], 'required': False, 'help': ""}],
        'metrics': [{'name': 'free_pct', 'unit': "%", 'help': ""}],
        'limits': [{'metric': 'free_pct', 'item': "*", 'op': '<', 'warning': 15, 'critical': None}],
    }]},
    'boot': {'boot_time': TS, 'clean': None},
    'gap': {'from_seq': 3, 'to_seq': 9, 'count': 7, 'from_ts': TS, 'to_ts': TS, 'reason': "quota"},
    'spool_damaged': {'file': "spool.db.1"},
    'fork': {'old_epoch': 'f' * 32},
    'check_error': {'check': 12, 'error': "timed out"},
    'tried': {
        'id': 'ab' * 16, 'state': 1, 'text': "/: free_pct 14 % < 15 %", 'took_s': 0.125,
        'values': [['/', 'free_pct', '%', 14], ['/', 'inodes_free_pct', '%', None]], 'left_out': 3},
    'discovered': {
        'rev': 0, 'blind': [{'family': 'backups', 'why': "no rights"}], 'keys': ['odoo:1f', 'ups:aa'],
        'findings': [{
            'key': 'odoo:1f', 'code': 'odoo_http', 'kind': 'http', 'settings': {'url': "http://127.0.0.1:8069/", 'deep': True, 'names': ["a"], 'port': 1},
            'sure': True, 'why': "An Odoo answers."}],
    },
    'backup_files': {'check': 12, 'count': 2, 'files': [
        {'name': "odoo_2026-11-23.zip", 'size': 5 * 2**30, 'modified_at': TS, 'sha256': 'c' * 64, 'hashed': 5 * 2**30, 'level': 'readable', 'reason': '',
         'detail': "", 'format': 'odoo_zip', 'content': {'database': "prod", 'version': "19.0"}, 'medium': 'ssd', 'volume': "host1:1A2B-3C4D"},
        {'name': "ምትኬ/odoo.zip.part", 'size': 0, 'modified_at': TS, 'sha256': None, 'hashed': 0, 'level': 'seen', 'reason': 'partial_name',
         'detail': "Its name says that it is not whole.", 'format': '', 'content': {}, 'medium': 'unknown', 'volume': ''}]},
}


def cycle(seq=800, **values):
    return {
        'seq': seq, 'type': 'cycle', 'ts': TS, 'mono': 4711.2, 'shape': SHAPE['id'], 'values': [81.5, None],
        'states': "02", 'texts': {'1': "no process"},
    } | values


def event(seq=801, kind='boot', **values):
    return {'seq': seq, 'type': 'event', 'ts': TS, 'mono': 4712, 'kind': kind, 'data': EVENTS[kind]} | values


def report(**values):
    return {
        'proto': 1, 'db_id': DB_ID, 'epoch': EPOCH, 'report_no': 812, 'agent_now': TS, 'mono_now': 4711.2,
        'boot_session': "b1", 'oldest_seq': 1, 'first_seq': 800, 'wake': False, 'shapes': [SHAPE], 'latest': None,
        'records': [cycle(), event()],
    } | values


def enrolment(**values):
    return {
        'proto': 1, 'code': "abcd-EFGH", 'key_id': '0123456789abcdef', 'secret_sha256': 'a' * 64,
        'facts': EVENTS['facts'], 'collectors': EVENTS['collectors']['collectors'],
    } | values


def body(value):
    return json.dumps(value).encode()
