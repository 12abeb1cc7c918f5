import random

import pytest
from lib import ticket_deed

WANTED = [
    ('account_access', {}, 'account_create'),
    ('account_access', {'what': 'new_account'}, 'account_create'),
    ('account_access', {'what': 'access_right'}, 'access_change'),
    ('account_access', {'what': 'reset_password'}, 'password_reset'),
    ('account_access', {'what': 'close_account'}, 'account_close'),
    ('contact', {'what': 'create', 'kind': 'vendor'}, 'contact_create'),
    ('contact', {'what': 'change', 'kind': 'customer'}, 'contact_change'),
    ('contact', {'what': 'create', 'kind': 'employee'}, 'employee_create'),
    ('contact', {'what': 'change', 'kind': 'employee'}, 'employee_change'),
    ('sellable_item', {'what': False}, 'item_create'),
    ('sellable_item', {'what': 'change'}, 'item_change'),
    ('sales_location_pricelist', {}, 'location_create'),
    ('sales_location_pricelist', {'what': 'new_pricelist'}, 'pricelist_create'),
    ('sales_location_pricelist', {'what': 'change_price'}, 'price_change'),
    ('sales_location_pricelist', {'what': 'change_location'}, 'location_change'),
    ('sales_location_pricelist', {'what': 'change_pricelist'}, 'pricelist_change'),
    ('sales_location_pricelist', {'what': 'change_pricelist', 'item': "C250"}, 'pricelist_change'),
    ('sales_location_pricelist', {'new_price': 412.0}, 'price_change'),
    ('unit_of_measure', {'what': 'change'}, 'unit_change'),
    ('unit_of_measure', {'what': 'nonsense'}, 'unit_create'),
    ('company_branch', {'what': 'change'}, 'branch_change'),
    ('company_branch', {}, 'branch_create'),
    ('id_card', {'reason': 'lost'}, 'badge_make'),
    ('salesperson_so_engine', {}, 'guide'),
    ('purchase_payment_request', {}, 'guide'),
    ('printer_problem', {}, 'guide'),
    ('printer_ink', {'what': 'create'}, 'guide'),
    ('remote_help', {}, ''),
    (False, {}, ''),
]


@pytest.mark.parametrize(('code', 'values', 'key'), WANTED)
def test_wanted(code, values, key):
    assert ticket_deed.wanted(code, values) == key
    assert key in ticket_deed.DEEDS or key in ('', ticket_deed.GUIDE)


# What a request names decides as well: that it is there, what it is, and what is asked of it.
NAMED = [
    ({'what': 'change_price', 'item': "C250"}, {'list'}, 'list_price_change'),
    ({'what': 'change_price', 'item': "C250"}, {'location'}, 'price_change'),
    ({'what': 'change_pricelist', 'item': "C250", 'new_price': 412.0}, {'list'}, 'list_price_change'),
    ({'what': 'change_pricelist'}, {'list'}, 'pricelist_change'),
    ({'what': False, 'item': "C250"}, {'list', 'location'}, 'list_price_change'),
    ({'what': False}, {'list', 'location'}, 'pricelist_change'),
    ({}, {'location'}, 'location_change'),
    ({'what': 'new_location', 'item': "C250"}, {'list', 'location'}, 'location_create'),
    ({'what': 'new_pricelist'}, {'list'}, 'pricelist_create'),
]


@pytest.mark.parametrize(('values', 'named', 'key'), NAMED)
def test_what_a_request_names_decides(values, named, key):
    assert ticket_deed.wanted(ticket_deed.PRICES, values, named) == key
    assert ticket_deed.wanted('contact', values, named) == 'contact_create', "no other kind's"


def test_every_deed_is_some_requests():
    assert {key for *_asked, key in WANTED + NAMED} >= ticket_deed.DEEDS.keys()
    for deed in ticket_deed.DEEDS.values():
        assert not deed.instead or ticket_deed.DEEDS[deed.instead].way == 'change'
        assert set(deed.strict) <= set(deed.unique)


@pytest.mark.parametrize(('one', 'other', 'same'), [
    ("+251 911 234 567", "0911234567", True),
    ("(011) 551-2345", "0115512345", True),
    ("0911234567", "0911234568", False),
    ("12345", "12345", False),
    (None, "", False),
])
def test_telephone_numbers(one, other, same):
    assert bool(ticket_deed.digits(one) and ticket_deed.digits(one) == ticket_deed.digits(other)) is same


# 1 employee, 2 user of an app (brings 1), 3 its manager (brings 2), 4 another app's user (brings 1), 9 apart
IMPLIED = {1: {1}, 2: {1, 2}, 3: {1, 2, 3}, 4: {1, 4}, 9: {9}}


@pytest.mark.parametrize(('own', 'add', 'remove', 'told'), [
    ({1}, {3}, (), {'given': (3,), 'along': {2: (3,)}, 'direct': (1, 3), 'after': (1, 2, 3)}),
    ({1, 3}, (), {3}, {'taken': (3,), 'gone': {2: (3,)}, 'direct': (1,), 'after': (1,)}),
    ({1, 2, 3}, (), {2}, {'stays': {2: (3,)}, 'taken': (), 'direct': (1, 3), 'after': (1, 2, 3)}),
    ({1, 3}, (), {2}, {'stays': {2: (3,)}, 'taken': (), 'direct': (1, 3), 'changes': False}),
    ({1, 3}, {2}, {3}, {'given': (2,), 'taken': (3,), 'gone': {}, 'after': (1, 2)}),
    ({1, 2}, {2}, {9}, {'idle': (2, 9), 'given': (), 'direct': (1, 2)}),
    ({1, 2}, {4}, {4}, {'given': (), 'idle': (4,), 'direct': (1, 2)}),
    ({1}, {9}, (), {'given': (9,), 'along': {}}),
])
def test_groups(own, add, remove, told):
    change = ticket_deed.change_groups(own, add, remove, IMPLIED)
    assert {name: getattr(change, name) for name in told} == told
    assert change.changes == (set(change.direct) != own)


def test_groups_at_random():
    """What is told adds up: before, and what is new, and without what is gone, is what there is afterwards."""
    dice = random.Random(16)
    for _round in range(300):
        groups = range(8)
        implied = {}
        for group in groups:  # a group brings others with lower numbers only, and all that those bring
            implied[group] = {group}.union(*(implied[one] for one in range(group) if dice.random() < .2))
        own, add, remove = ({group for group in groups if dice.random() < .3} for _part in range(3))
        change = ticket_deed.change_groups(own, add, remove, implied)
        before, after = set(change.before), set(change.after)
        assert after - before == (set(change.given) | change.along.keys()) - before
        assert before - after == set(change.taken) | change.gone.keys()
        assert after == set().union(*(implied[group] for group in change.direct))
        assert all(set(who) <= set(change.direct) and who for who in change.stays.values())
        assert all(change.along.values()) and all(change.gone.values())
