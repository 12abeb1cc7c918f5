from odoo import api, models

from ...lib import sealing


class ItSealAudit(models.AbstractModel):
    """Looks whether the log of evidence, what it tells of and the files are as they were sealed, and puts what is not into words."""
    _name = 'it.seal.audit'
    _description = "Audit of the Evidence Log"

    @api.model
    def _audit(self, company, witness_text=''):
        """Return how the company's evidence stands.

        :param witness_text: what agents saw of the chain, as ``itc-agent witness`` prints it
        :return: dict with ``findings`` (dicts ``seq, model, res_id, code, text``), ``head`` (:class:`lib.sealing.Head`), ``witnessed`` (how
            many of the witnesses' heads could be compared with this chain), ``witnessed_range`` (numbers of the first and the last of them,
            None of none), ``unreadable`` (lines of the witness file)
        """
        events = self.env['it.seal.event']
        self.env.cr.flush()
        events._seal_waiting(company.id)
        db_id = self.env['it.database']._db_id()
        heads, unreadable = sealing.parse_witness(witness_text, db_id)
        foreign, _unreadable = sealing.parse_witness(witness_text, db_id, foreign=True)
        heads, foreign = ([head for head in some if head.company == company.id] for some in (heads, foreign))
        walk = sealing.Walk(company.id, wanted={head.seq for head in (*heads, *foreign)})
        for link in events._links(company.id):
            walk.show(link)
        noted = events._head(company.id)
        findings = walk.findings() + walk.against(heads) + self._against_note(walk, noted)
        # A database that was copied and given a name of its own goes on where the other one was.
        heads += [head for head in foreign if walk.has(head)]
        strange = sum(not walk.has(head) for head in foreign)
        return {
            'findings': [
                *(self._chain_line(company, finding) for finding in findings),
                *(self._witness_lines(strange, bool(heads)) if witness_text else []),
                *(self._record_line(model, *finding) for model in self._sealed_models() for finding in self.env[model]._seal_findings(company)),
            ],
            'head': walk.last,
            'witnessed': len(heads),
            'witnessed_range': (min(head.seq for head in heads), max(head.seq for head in heads)) if heads else None,
            'unreadable': unreadable,
        }

    @api.model
    def _against_note(self, walk, noted):
        """Return what the software's own note of the head says; it lies in the same database, so it shows slips rather than attacks."""
        if noted.seq > walk.last.seq:
            return [sealing.Finding(walk.last.seq + 1, 'cut', noted.seq)]
        if (noted.seq, noted.hash) != (walk.last.seq, walk.last.hash):
            return [sealing.Finding(walk.last.seq, 'rewritten', walk.last.seq)]
        return []

    @api.model
    def _witness_lines(self, strange, is_applied):
        """Return what is wrong with a witness file as a whole.

        :param strange: how many of its lines are of another database and say otherwise than this log
        :param is_applied: some of its lines could be compared
        """
        texts = {
            'foreign': strange and self.env._("Lines of the witness file that are of another database and say otherwise than this log: %(count)s.", count=strange),
            'unwitnessed': not is_applied and self.env._("No line of the witness file is of this log, so it shows nothing."),
        }
        return [{'seq': 0, 'model': False, 'res_id': 0, 'code': code, 'text': text} for code, text in texts.items() if text]

    @api.model
    def _sealed_models(self):
        models = self.env.registry.descendants(['it.sealed.mixin'], '_inherit') - {'it.sealed.mixin'}
        return sorted(name for name in models if self.env[name]._seal_states)

    @api.model
    def _chain_line(self, company, finding):
        event = self.env['it.seal.event'].search([('company_id', '=', company.id), ('seq', '=', finding.seq)], limit=1)
        values = {'seq': finding.seq, 'last': finding.last_seq, 'record': event.model and f'{event.model},{event.res_id}' or ''}
        return {'seq': finding.seq, 'model': event.model, 'res_id': event.res_id, 'code': finding.code, 'text': {
            'edited': self.env._("Event %(seq)s (%(record)s) was edited: its seal does not fit its content.", **values),
            'missing': self.env._("Events %(seq)s to %(last)s are missing.", **values),
            'inserted': self.env._("Event %(seq)s (%(record)s) was inserted: that number is taken.", **values),
            'moved': self.env._("Event %(seq)s (%(record)s) was moved: it belongs to place %(last)s.", **values),
            'unlinked': self.env._("Event %(seq)s (%(record)s) does not follow the event before it.", **values),
            'cut': self.env._("The end of the log was cut off: events %(seq)s to %(last)s were seen before.", **values),
            'rewritten': self.env._("The log was rewritten: a witness saw another seal of event %(seq)s (%(record)s).", **values),
        }[finding.code]}

    @api.model
    def _record_line(self, model, record_id, name, code, details):
        values = {
            'kind': self.env['ir.model']._get(model).name, 'name': name or '?', 'id': record_id, 'what': ", ".join(self._get_labels(model, details))}
        return {'seq': 0, 'model': model, 'res_id': record_id, 'code': code, 'text': {
            'changed': self.env._("%(kind)s %(id)s “%(name)s” was changed after it was sealed: %(what)s.", **values),
            'deleted': self.env._("%(kind)s %(id)s “%(name)s” was deleted.", **values),
            'unlogged': self.env._("%(kind)s %(id)s “%(name)s” is closed, but the log knows of no step: it was inserted.", **values),
        }[code]}

    @api.model
    def _get_labels(self, model, names):
        fields = self.env[model]._fields
        return [fields[name].get_description(self.env, ['string'])['string'] if name in fields else name for name in names]
