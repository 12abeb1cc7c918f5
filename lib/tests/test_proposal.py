"""What a host found against what is known and watched."""

import pytest
from lib import proposal

KNOWN = {'odoo:1', 'odoo:2', 'backups:1'}


@pytest.mark.parametrize(('named', 'blind', 'gone'), [
    (KNOWN, (), set()), ((), (), KNOWN), (('odoo:1',), (), {'odoo:2', 'backups:1'}), ((), ('odoo',), {'backups:1'}), ((), ('*',), set()),
    (('new:1',), (), KNOWN), ((), ('odo', 'backup', 'odoo:1'), KNOWN), (('odoo:1',), ('backups',), {'odoo:2'}),
])
def test_what_was_looked_for_and_not_found_has_vanished(named, blind, gone):
    assert proposal.vanished(KNOWN, named, blind) == gone


@pytest.mark.parametrize(('watched', 'found', 'is_covered'), [
    ({'url': 'http://localhost:8069/x'}, {'url': 'http://127.0.0.1:8069/x'}, True),
    ({'url': 'http://127.0.0.1:8069/x'}, {'url': 'http://127.0.0.1:8070/x'}, False),
    ({'folder': 'C:\\Backups\\Odoo\\'}, {'folder': 'c:/backups/odoo'}, True), ({'folder': '/srv/B'}, {'folder': '/srv/b'}, False),
    ({'folder': '/srv/b'}, {'folder': '/srv/b', 'pattern': 'prod_*.dump'}, False),
    ({'folder': '/srv/b', 'pattern': '*'}, {'folder': '/srv/b', 'pattern': 'prod_*.dump'}, True),
    ({'folder': '/srv/b', 'pattern': 'test_*.dump'}, {'folder': '/srv/b', 'pattern': 'prod_*.dump'}, False),
    ({'names': ['*CNET*']}, {'names': ['CNETLicense', 'cnet-db']}, True), ({'names': ['*CNET*']}, {'names': ['CNETLicense', 'Spooler']}, False),
    ({'names': 'CNET'}, {'names': ['CNET']}, False), ({}, {'names': ['CNET']}, False), ({}, {'port': 3389}, False), ({'port': 3389}, {'port': 3389}, True),
    ({'port': 1}, {'port': True}, False), ({'deep': 0}, {'deep': False}, False), ({'url': 'http://a/'}, {}, True), ({'folder': None}, {'folder': ''}, False),
    ({'folder': '/'}, {'folder': '/'}, True), ({'folder': '\\\\nas\\b'}, {'folder': '//nas/b'}, True),
])
def test_a_check_covers_what_it_looks_at(watched, found, is_covered):
    assert proposal.covers(watched, found) is is_covered
