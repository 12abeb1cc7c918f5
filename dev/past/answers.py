"""What people write into runs, and what machines measured: fitting each task, with a trend where a value has one."""
import base64
import struct
import zlib
from datetime import timedelta

NOTES = {
    'payment_request_support': ("Brought Marketing's payment request into the bank's form.", "Repaired the totals in the purchase list of Finance.",
                                "Set the print area of the weekly payment sheet."),
    'office_improvements': ("Labelled the network sockets of the second floor.", "Shortcut to the sales report on the desks of Sales.",
                            "Longer cable for the scanner at the counter.", "Default printer by floor instead of by chance."),
    'help_from_afar': ("Helped the branch by RustDesk: wrong default printer.",),
    'service_peachtree': ("Opened the company file from a desk as well.",),
    'backup_windowsimage': ("Image of the night is there, 148 GB.",),
}
TEXTS = {
    'Alerts and what was done': ("None", "Delayed start of a service; green after a refresh", "Event 7031 once; service was back by itself"),
    'Machines reached': ("ERP server, both branches, warehouse", "ERP server and both branches"),
    'First log entry after the restart': ("Loj Server started, port 8443", "Engine ready, 3 terminals connected"),
    'Spare toner of each printer model': ("HP 26A: 2, HP 59A: 1, Canon 057: 2", "HP 26A: 1, HP 59A: 2, Canon 057: 2", "HP 26A: 3, HP 59A: 1, Canon 057: 1"),
    'Requests handed in, and what Procurement says': ("Two keyboards and a switch: approved, delivery on Thursday", "Toner HP 59A: ordered",
                                                      "Nothing needed this week"),
    'Faults, and what has to be bought': ("None", "One fan is loud: 80 mm fan", "Worn patch cable at the counter: 3 m cable", "None"),
    'Servers and times': ("CNET 15:02, Peachtree 15:05, ERP server 15:10",),
}


# What is said of a restore at the run is what was said where it was drawn.
RESTORED = {
    'Backup restored': lambda drill: drill.set_id.name,
    'Day and file of the backup': lambda drill: f"{drill.file_id.day}, {drill.name}",
    'Time the restore took': lambda drill: drill.minutes,
}


def fill(story, run):
    """Answer the items of one run as its doer.

    :return: the reason for passing over a bad value, empty when all is as it should be
    """
    reasons = []
    for item in run.item_ids:
        if item.kind in ('photo', 'file', 'signature'):
            item.action_fill(files=[{'name': f'{run.task_id.code}-{run.date}.png', 'data': picture(story.luck(item.id))}])
        elif item.kind != 'check':
            value, reason = answer(story, run, item)
            item.action_fill(value)
            reasons.append(reason)
    return ' '.join(filter(None, reasons))


def note(story, run):
    """Return a note for one run, mostly none: who does a check daily writes nothing when all is well."""
    notes = NOTES.get(run.task_id.code)
    return notes and (len(notes) > 1 or story.luck('note', run.id) < 200) and story.pick(notes, run.id) or None


def answer(story, run, item):
    """Return (value, reason for a bad one) of one item."""
    drill = run.drill_ids[:1]
    if drill and item.name in RESTORED:
        return RESTORED[item.name](drill), None
    if item.kind == 'number':
        return number(story, run, item)
    if item.kind == 'tick':
        return True, None
    if item.kind == 'text':
        return text(story, run, item), None
    if item.name.startswith('Ink of'):
        return ink(story, run, item)
    good = [choice for choice in item.choices.splitlines() if choice not in (item.bad_choices or '').splitlines()]
    return good[0 if story.luck(item.id) < 930 else -1], None


def number(story, run, item):
    """Return a number: the battery ages over the weeks and is low on the day after a power cut."""
    age = (run.date - story.first_day).days
    if '%' not in (item.unit or ''):
        return 38 + story.luck(item.id) % 17, None
    moment = story.env.cr.now()
    drained = any(timedelta(0) <= moment - end < timedelta(hours=20) for _start, end in story.dark)
    if drained:
        return 44 + story.luck(item.id) % 4, "Recharging after the power cut; mains are stable."
    return min(100, 97 - age // 4 + story.luck(item.id) % 4), None


def ink(story, run, item):
    """Return an ink level: a cartridge lasts three weeks and is changed on the second day on which it is low."""
    left = ((run.date - story.first_day).days + (7 if 'Marketing' in item.name else 0)) % 23
    if left < 10:
        return "Above half", None
    if left < 20:
        return "Half", None
    return "Low", "Cartridge is in stock and is changed before the next big print."


def text(story, run, item):
    day = run.date
    if item.name == 'Deleted files':
        old = day - timedelta(days=11)
        return f"Odoo_{old:%Y%m%d}.zip, CNET_{old:%Y%m%d}.bak ({5 + story.luck(item.id) % 4} GB)"
    if item.name == 'Newest backup that stayed':
        return f"Odoo_{day:%Y%m%d}.zip, opened and looked at"
    return story.pick(TEXTS.get(item.name, ("As it should be",)), item.id)


def picture(shade):
    """Return a small PNG in base64: a wall in one of a few greys, in place of a photograph."""
    width, height, tone = 160, 120, 90 + shade % 90
    rows = b''.join(b'\0' + bytes(min(255, tone + (x + y) // 6) for x in range(width)) for y in range(height))

    def chunk(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))

    png = b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, 8, 0, 0, 0, 0))
    return base64.b64encode(png + chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b'')).decode()


def results(story, run):
    """Return what the task's checks would have said, in the shape in which a run keeps it."""
    measured = story.env.cr.now() - timedelta(minutes=2)
    return [{
        'check_id': 0, 'name': template.name, 'host': "ERP server", 'asset': run.task_id.asset_ids[:1].name or '',
        'kind': template.kind, 'state': 'ok', 'hard_state': 'ok', 'summary': summary(story, run, template),
        'measured_at': f'{measured.isoformat()}+00:00', 'stale': False, 'values': values(story, run, template),
        'definition': {'settings': template.settings or {}, 'limits': template.limits or [], 'every_s': template.every_s},
    } for template in run.task_id.check_template_ids]


def summary(story, run, template):
    if template.kind == 'disk':
        return f"C: {used(story, run):.0f} % used"
    if template.kind == 'newest_file':
        return f"newest file is {3 + story.luck(run.id) % 5} h old"
    return "running" if template.kind in ('process', 'service') else "answers"


def values(story, run, template):
    if template.kind != 'disk':
        return []
    return [{'item': 'C:', 'metric': 'used', 'value': used(story, run), 'unit': '%'}]


def used(story, run):
    """Return how full the server's disk was, in percent: it fills, is cleared up once a month, and fills again."""
    age = (run.date - story.first_day).days
    return 68 + (age % 30) * 0.55 + story.luck(run.id) % 10 / 10
