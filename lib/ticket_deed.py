"""What the button of a request does, decided without Odoo: which deed a request asks for, and what a change of groups means in the end.

A deed is what lies in Odoo. What a request asks for besides stays with people, who are led by the steps of its kind.
"""
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Deed:
    """One thing that can be done in Odoo.

    :param way: ``create`` or ``change`` a record, or a way of its own: ``reset``, ``archive``, ``badge``, ``groups``
    :param app: the module that brings the model
    :param asked: ``{field of the model: key of the request}``
    :param fixed: ``{field: value}`` that follows from the kind of request
    :param unique: fields in which no two records should be alike; ``strict`` are those where Odoo refuses it
    :param instead: the deed that changes what is there already, when the request is for something that exists
    :param feature: the group that Odoo's settings give to everybody where such records count for anything
    :param has_form: whether Odoo's own form may be opened for it: that of an account gives access rights, which a manager has to approve
    """
    model: str
    way: str
    app: str
    asked: dict = field(default_factory=dict)
    fixed: dict = field(default_factory=dict)
    required: tuple = ('name',)
    unique: tuple = ()
    strict: tuple = ()
    instead: str = ''
    feature: str = ''
    has_form: bool = True


@dataclass(frozen=True)
class Line:
    """A field, and what is in it before and afterwards, in words.

    :param is_private: only some people may read the field: what was in it is told to nobody else
    """
    label: str
    before: str = ''
    after: str = ''
    is_private: bool = False


# What a step has room for: longer texts are cut, of longer lists is told what went and what came.
MOST_TEXT = 200
MOST_NAMES = 6
AROUND = 20
MORE = '…'

CONTACT = {name: name for name in ('name', 'phone', 'email', 'vat', 'street', 'city')}
EMPLOYEE = {'name': 'name', 'work_phone': 'phone', 'work_email': 'email'}
ITEM = {'name': 'name', 'default_code': 'code', 'barcode': 'barcode', 'uom_id': 'uom', 'list_price': 'price'}
BRANCH = {name: name for name in ('name', 'street', 'city', 'vat', 'phone')}
UNIT = {'relative_uom_id': 'reference', 'relative_factor': 'ratio'}
LISTS = 'product.group_product_pricelist'
PRICES = 'sales_location_pricelist'

DEEDS = {
    'account_create': Deed(
        'res.users', 'create', 'base', {'login': 'login'}, required=('name', 'login'), unique=('login',), strict=('login',),
        has_form=False),
    'access_change': Deed('res.users', 'groups', 'base', required=()),
    'password_reset': Deed('res.users', 'reset', 'auth_signup', required=()),
    'account_close': Deed('res.users', 'archive', 'base', required=()),
    'contact_create': Deed('res.partner', 'create', 'base', CONTACT, unique=('vat', 'email', 'phone', 'name'), instead='contact_change'),
    'contact_change': Deed('res.partner', 'change', 'base', CONTACT, unique=('vat', 'email', 'phone')),
    'employee_create': Deed(
        'hr.employee', 'create', 'hr', EMPLOYEE, unique=('work_email', 'work_phone', 'name'), instead='employee_change'),
    'employee_change': Deed('hr.employee', 'change', 'hr', EMPLOYEE, unique=('work_email', 'work_phone')),
    'item_create': Deed(
        'product.template', 'create', 'product', ITEM, {'sale_ok': True}, unique=('barcode', 'default_code', 'name'), strict=('barcode',),
        instead='item_change'),
    'item_change': Deed('product.template', 'change', 'product', ITEM, unique=('barcode', 'default_code'), strict=('barcode',)),
    'location_create': Deed(
        'stock.warehouse', 'create', 'stock', {'name': 'name'}, required=('name', 'code'), unique=('name',), strict=('name',),
        instead='location_change'),
    'location_change': Deed('stock.warehouse', 'change', 'stock', required=()),
    'pricelist_create': Deed('product.pricelist', 'create', 'product', {'name': 'name'}, unique=('name',), instead='pricelist_change', feature=LISTS),
    'pricelist_change': Deed('product.pricelist', 'change', 'product', required=(), feature=LISTS),
    'list_price_change': Deed('product.pricelist', 'change', 'product', required=(), feature=LISTS),
    'price_change': Deed('product.template', 'change', 'product', {'list_price': 'new_price'}, required=('list_price',)),
    'unit_create': Deed(
        'uom.uom', 'create', 'uom', {'name': 'name', **UNIT},
        required=('name', 'relative_uom_id', 'relative_factor'), unique=('name',), strict=('name',), instead='unit_change'),
    'unit_change': Deed('uom.uom', 'change', 'uom', UNIT, required=()),
    'branch_create': Deed('res.company', 'create', 'base', BRANCH, unique=('name', 'vat'), strict=('name',), instead='branch_change'),
    'branch_change': Deed('res.company', 'change', 'base', {name: key for name, key in BRANCH.items() if name != 'name'}),
    'badge_make': Deed('hr.employee', 'badge', 'hr', required=()),
}

# By the category's code: the key of the request that says which deed is meant, what it may say, and what is meant when it says nothing.
_BY_WHAT = {
    'account_access': ('account_create', {
        'access_right': 'access_change', 'reset_password': 'password_reset', 'close_account': 'account_close'}),
    'contact': ('contact_create', {'change': 'contact_change'}),
    'sellable_item': ('item_create', {'change': 'item_change'}),
    PRICES: ('location_create', {
        'new_location': 'location_create', 'new_pricelist': 'pricelist_create', 'change_location': 'location_change',
        'change_pricelist': 'pricelist_change', 'change_price': 'price_change'}),
    'unit_of_measure': ('unit_create', {'change': 'unit_change'}),
    'company_branch': ('branch_create', {'change': 'branch_change'}),
    'id_card': ('badge_make', {}),
}
# What is done outside of Odoo: the button shows how.
OUTSIDE = ('salesperson_so_engine', 'purchase_payment_request', 'printer_problem', 'printer_ink')
GUIDE = 'guide'


def wanted(code, values, named=frozenset()):
    """Return the key of the deed that a request asks for, GUIDE when it is done outside of Odoo, '' when nothing is known of its kind.

    >>> wanted('contact', {'what': 'change', 'kind': 'employee'}), wanted('printer_ink', {}), wanted('other', {})
    ('employee_change', 'guide', '')

    :param values: what the request says, selections by their keys
    :param named: what there is already by the name that the request says: ``list`` of prices, ``location``
    """
    if code in OUTSIDE:
        return GUIDE
    if code not in _BY_WHAT:
        return ''
    if code == PRICES:
        return _of_prices(values, named)
    usual, others = _BY_WHAT[code]
    key = others.get(values.get('what'), usual)
    return key.replace('contact_', 'employee_') if values.get('kind') == 'employee' else key


def _of_prices(values, named):
    """Return the deed of a request about sales locations, price lists and prices.

    A price is that of the list which the request names. Where it does not say what is needed, nothing is made anew that is there already.
    """
    usual, others = _BY_WHAT[PRICES]
    what, names_price = values.get('what'), bool(values.get('item') or values.get('new_price'))
    if what == 'change_price' or names_price and (what not in others or what == 'change_pricelist' and 'list' in named):
        return 'list_price_change' if 'list' in named else 'price_change'
    if what in others:
        return others[what]
    return 'pricelist_change' if 'list' in named else 'location_change' if 'location' in named else usual


def excerpts(before, after, most=MOST_TEXT):
    """Return what a text was and is, of long ones from a little before the place where they begin to differ.

    >>> excerpts('10 Piazza', '12 Piazza', 9), excerpts('', 'abcdefghijkl', 9)
    (('10 Piazza', '12 Piazza'), ('', 'abcdefghi…'))
    >>> excerpts('x' * 300 + ' old', 'x' * 300 + ' new', 30)
    ('…xxxxxxxxxxxxxxxxxxx old', '…xxxxxxxxxxxxxxxxxxx new')
    """
    if max(len(before), len(after)) <= most:
        return before, after
    same = next((at for at, (old, new) in enumerate(zip(before, after, strict=False)) if old != new), min(len(before), len(after)))
    start = max(same - AROUND, 0)
    return tuple(f"{MORE if start and text else ''}{text[start:start + most]}{MORE if len(text) > start + most else ''}" for text in (before, after))


def named(before, after, most=MOST_NAMES):
    """Return which members of a list are named, before and afterwards, and whether there are others: ``((members, has more), …)``.

    Of a short list all are, of a long one those that went and those that came.

    >>> named((1, 2), (2, 3))
    (((1, 2), False), ((2, 3), False))
    >>> named(range(10), [*range(1, 10), 77])
    (((0,), True), ((77,), True))
    """
    is_short, old, new = len({*before, *after}) <= most, set(before), set(after)
    sides = (before, new), (after, old)
    told = [tuple(one for one in side if is_short or one not in other) for side, other in sides]
    return tuple((some[:most], len(some[:most]) < len(side)) for some, (side, _other) in zip(told, sides, strict=True))


def digits(text):
    """Return the digits of a telephone number that tell it from others, '' if there are too few: the last nine, as country codes differ.

    >>> digits("+251 91-123 4567") == digits("0911234567") == "911234567", digits("12 34")
    (True, '')
    """
    found = ''.join(one for one in text or '' if one.isdigit())
    return found[-9:] if len(found) >= 6 else ''


def plain(text):
    """Return a tax number, barcode or code without what people write between its parts.

    >>> plain(" be 0477.472-701 ")
    'BE0477472701'
    """
    return ''.join(one for one in (text or '').upper() if one.isalnum())


@dataclass(frozen=True)
class GroupChange:
    """What becomes of a person's groups.

    :param direct: the groups that are the person's own afterwards, sorted
    :param before: all groups before, with those that come along; ``after`` the same afterwards
    :param given: asked for and new; ``along`` come with them: ``{group: (the groups that bring it)}``
    :param taken: asked for and gone; ``gone`` go with them: ``{group: (the groups that had brought it)}``
    :param stays: to be taken, and stays in effect, as others bring it: ``{group: (the groups that bring it)}``
    :param idle: asked for and changes nothing, as it was so before
    :param changes: whether anything is otherwise afterwards, be it only which groups are the person's own
    """
    direct: tuple
    before: tuple
    after: tuple
    given: tuple
    along: dict
    taken: tuple
    gone: dict
    stays: dict
    idle: tuple
    changes: bool


def change_groups(own, add, remove, implied):
    """Return what giving and taking groups comes to.

    >>> change = change_groups({1}, {3}, set(), {1: {1}, 2: {2}, 3: {2, 3}})
    >>> change.given, change.along, change.after
    ((3,), {2: (3,)}, (1, 2, 3))
    >>> change_groups({2, 3}, set(), {2}, {2: {2}, 3: {2, 3}}).stays
    {2: (3,)}

    :param set own: the groups that are the person's own
    :param dict implied: for each group all that it brings, itself among them
    """
    def closure(groups):
        return set().union(*(implied.get(group, {group}) for group in groups))

    def bringers(group, groups):
        return tuple(sorted(one for one in groups if one != group and group in implied.get(one, {one})))

    own, add, remove = set(own), set(add) - set(remove), set(remove)
    direct = (own | add) - remove
    before, after = closure(own), closure(direct)
    new, lost = after - before, before - after
    given, taken = add - own, remove & own
    return GroupChange(
        direct=tuple(sorted(direct)), before=tuple(sorted(before)), after=tuple(sorted(after)),
        given=tuple(sorted(given)), along={group: bringers(group, direct) for group in sorted(new - given)},
        taken=tuple(sorted(taken - after)), gone={group: bringers(group, own) for group in sorted(lost - taken)},
        stays={group: bringers(group, direct) for group in sorted(remove & after)},
        idle=tuple(sorted((add & own) | (remove - before))), changes=direct != own)
