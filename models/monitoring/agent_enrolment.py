import base64
import hashlib
import secrets
from datetime import timedelta

from odoo import api, models
from odoo.exceptions import UserError

from ...lib import protocol

CODE_HOURS = 24


class ItAgent(models.Model):
    _inherit = 'it.agent'

    # === ACTION METHODS === #

    @api.model
    def action_renew_db_id(self):
        """Make this database one of its own: no agent enrolled before will talk to it until it enrols anew."""
        self._check_manager()
        self.env['it.database']._renew_db_id()
        return {
            'type': 'ir.actions.client',
            'tag': 'display_notification',
            'params': {
                'type': 'warning',
                'message': self.env._("This database has a new identity. Every agent has to be enrolled again."),
            },
        }

    # === BUSINESS METHODS === #

    def issue_code(self):
        """Return a new one-time code (128 bit, 24 hours) for this host; an older one stops working.

        Only its SHA-256 is kept, so nobody can look it up later.
        """
        self.ensure_one()
        self._check_manager()
        if not self.active:
            raise UserError(self.env._("Unarchive the agent first."))
        text = base64.b32encode(secrets.token_bytes(16)).decode('ascii').rstrip('=')
        # The code's hash is no ordinary field: write() refuses it to people, _check_manager has checked who asks.
        self.sudo().write({
            'code_sha256': self._hash(text),
            'code_expires_at': self.env.cr.now() + timedelta(hours=CODE_HOURS),
            'code_used_at': False,
        })
        return '-'.join(text[index:index + 4] for index in range(0, len(text), 4))

    @api.model
    def _enrol(self, enrolment):
        """Give a key to the host that the code was made for.

        The code is used up by the statement that finds it; the same code with the same key gets the same answer again, because the first
        one may have been lost.

        :param enrolment: :class:`lib.protocol.Enrolment`
        :raises ProtocolError: 403, the code is unknown, expired, used with another key, or the key belongs to another host
        :return: the answer
        """
        agent = self._use_code(enrolment)
        if agent:
            agent._take_identity(enrolment)
        else:
            agent = self._find_enrolled(enrolment)
        return {
            'proto': protocol.PROTO,
            'db_id': self.env['it.database']._db_id(),
            'key_id': agent.key_id,
            'host': agent.name,
            'state': agent.state,
        }

    def _use_code(self, enrolment):
        self.flush_model(['code_sha256', 'code_used_at', 'code_expires_at', 'key_id', 'secret_sha256', 'state', 'active'])
        self.env.cr.execute("""
            UPDATE it_agent AS agent
               SET code_used_at = %(now)s
             WHERE code_sha256 = %(code)s AND code_used_at IS NULL AND code_expires_at > %(now)s AND active
               AND NOT EXISTS (SELECT FROM it_agent AS other WHERE other.key_id = %(key)s AND other.id <> agent.id)
         RETURNING id
        """, {'now': self.env.cr.now(), 'code': self._hash(enrolment.code), 'key': enrolment.key_id})
        agent = self.browse([row[0] for row in self.env.cr.fetchall()])
        agent.invalidate_recordset(['code_used_at'])
        return agent

    def _find_enrolled(self, enrolment):
        self.env.cr.execute("""
            SELECT id FROM it_agent
             WHERE code_sha256 = %s AND key_id = %s AND secret_sha256 = %s AND state IN ('pending', 'active') AND code_expires_at > %s AND active
        """, [self._hash(enrolment.code), enrolment.key_id, enrolment.secret_sha256, self.env.cr.now()])
        row = self.env.cr.fetchone()
        if not row:
            raise protocol.refuse('code_invalid')
        return self.browse(row[0])

    def _take_identity(self, enrolment):
        """Keep the new key. A key that was trusted already stays so; any other waits for a person."""
        is_trusted = self.state == 'active' and (self.key_id, self.secret_sha256) == (enrolment.key_id, enrolment.secret_sha256)
        self.write({
            'state': 'active' if is_trusted else 'pending',
            'key_id': enrolment.key_id,
            'secret_sha256': enrolment.secret_sha256,
            'enrolled_at': self.env.cr.now(),
            'facts': enrolment.facts,
        })
        self._publish_kinds(enrolment.collectors)

    def _publish_kinds(self, collectors, unchanged=()):
        """Keep what the agent can look at, in place of what it said before.

        :param unchanged: names of kinds that it offers too, as it described them before or will in another message
        """
        self.ensure_one()
        described = {collector['kind'] for collector in collectors}
        known = {kind.kind: kind for kind in self.kind_ids if kind.kind in described or kind.kind not in unchanged}
        for collector in collectors:
            values = {key: collector[key] for key in ('title', 'help', 'every_s', 'settings', 'metrics', 'limits')}
            if collector['kind'] in known:
                known.pop(collector['kind']).write(values)
            else:
                self.env['it.check.kind'].create({'agent_id': self.id, 'kind': collector['kind'], **values})
        self.env['it.check.kind'].union(*known.values()).unlink()

    @api.model
    def _hash(self, code):
        return hashlib.sha256(protocol.normalise_code(code).encode('ascii', 'replace')).hexdigest()
