import json
import logging
import os
import random
import sys
from collections import Counter
from pathlib import Path
from runpy import run_path
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import file_path

from ...lib.wire_values import MAX_INT
from .agent_case import EPOCH, AgentHttpCase

_logger = logging.getLogger(__name__)
BODIES = int(os.environ.get('ITC_HTTP_BODIES', '120'))


@tagged('post_install', '-at_install')
class TestHostileBodies(AgentHttpCase):
    """What a host that is known, and hostile, may send over the real route: never a 5xx, and what is refused writes nothing."""

    def setUp(self):
        super().setUp()
        # The bodies of lib's own test, which reaches as far as the parser; here they go on into the database and to the judge.
        folder = Path(file_path('it_continuity/lib/tests'))
        with patch.dict(sys.modules), patch.object(sys, 'path', [str(folder.parents[1]), str(folder), *sys.path]):
            self.fuzz = run_path(str(folder / 'test_protocol_fuzz.py'))

        self.epoch, self.seq = EPOCH, 1

    def _report(self, records):
        return self.fake.report(self.db_id, records, epoch=self.epoch)

    def _body(self, rng):
        kinds = sorted(self.fuzz['EVENTS'])
        records = [self.fake.cycle(self.seq, '02')]
        for number in range(rng.randrange(3)):
            event = self.fuzz['event'](self.seq + 1 + number, rng.choice(kinds))
            records.append({**event, 'ts': self.fake.stamp(), 'mono': self.fake.mono()})
        report = json.loads(json.dumps(self._report(records)))
        if rng.randrange(4):
            for _bend in range(rng.choice([1, 1, 1, 2, 5])):
                self.fuzz['bend'](rng, report)
            return json.dumps(report).encode()
        raw = json.dumps(report).encode()
        for _damage in range(rng.choice([1, 1, 2])):
            raw = self.fuzz['damage'](rng, raw)
        return raw or b' '  # without a body the test's client would ask by GET

    def _follow(self, raw, answer):
        """Count on from what was taken, as a spool is ahead of all that it ever sent: else one bent number would have all later bodies refused."""
        taken = json.loads(raw)
        if taken['epoch'] == self.epoch:
            self.seq = max(self.seq, answer['ack'][self.epoch] + 1)
            self.fake.report_no = max(self.fake.report_no, taken['report_no'])
        if max(self.seq, self.fake.report_no) > MAX_INT - 10:
            # No number is left above this one, so the host begins a new epoch.
            self.epoch, self.seq, self.fake.report_no = f'{int(self.epoch, 16) + 1:032x}', 1, 0

    def test_nothing_is_worse_than_refused_and_what_is_refused_writes_nothing(self):
        rng, said = random.Random(4711), Counter()
        neighbour = self._cycles(self.other_agent)
        for number in range(BODIES):
            raw = self._body(rng)
            before = self._count_rows()
            answer = self.post('report', raw, self.fake.headers)
            said[answer.status_code] += 1
            self.assertTrue(answer.status_code == 200 or 400 <= answer.status_code < 500, (number, answer.status_code, answer.text[:200], raw[:4000]))
            self.assertEqual(answer.json()['proto'], 1)
            if answer.status_code == 200:
                self._follow(raw, answer.json())
            else:
                self.assertEqual(self._count_rows(), before, raw[:4000])
            if not number % 40:
                self.env['it.judge']._judge()
        self.env['it.judge']._judge()
        self.assertEqual(self._cycles(self.other_agent), neighbour)
        # If all were refused, or none, the test would prove nothing: also of the last ones, so the host is still heard.
        self.assertEqual(self.post('report', self._report([self.fake.cycle(self.seq, '00')]), self.fake.headers).status_code, 200)
        self.assertTrue(said[200] > BODIES // 20 and said[400] > BODIES // 20, said)
        epochs = int(self.epoch, 16) - int(EPOCH, 16) + 1
        _logger.info("%s hostile bodies, in %s epochs, were answered %s", BODIES, epochs, dict(said))
