from odoo import api, models
from odoo.tools import format_date

from ...lib import seal_story

DOINGS = frozenset({'done', 'done_late', 'failed', 'not_applicable'})  # after these the run names its doer


class ItTaskRun(models.Model):
    """The log of evidence in words."""
    _inherit = 'it.task.run'

    # === BUSINESS METHODS === #

    @api.model
    def _seal_words(self, contents):
        """Return events in words, in the reader's language, by the keys of ``contents``; one that is not as we write it is left out."""
        stories = {key: story for key, content in contents.items() if (story := seal_story.read(content))}
        told = {
            user_id for story in stories.values() for user_id in (*story.people, story.doer, *(deed.actor for deed in story.deeds)) if user_id}
        names = self._names_of(told)
        return {
            key: "; ".join(self._deed_words(story, deed, names) for deed in story.deeds) for key, story in stories.items()}

    @api.model
    def _deed_words(self, story, deed, names):
        values = {
            'actor': self._actor_words(story, deed, names), 'name': story.name, 'fact': deed.fact,
            'day': format_date(self.env, story.day, date_format='d MMM yyyy'), 'doer': self._person_words(story.people, story.doer, names)}
        words = {
            'done': self.env._("%(actor)s did “%(name)s” of %(day)s", **values),
            'done_late': self.env._("%(actor)s entered late that “%(name)s” of %(day)s was done", **values),
            'auto_verified': self.env._("The agent verified “%(name)s” of %(day)s", **values),
            'verified': self.env._("%(actor)s verified “%(name)s” of %(day)s, done by %(doer)s", **values),
            'verified_failed': self.env._("%(actor)s verified that “%(name)s” of %(day)s failed, as %(doer)s said", **values),
            'failed': self.env._("%(actor)s said that “%(name)s” of %(day)s failed", **values),
            'missed': self.env._("“%(name)s” of %(day)s was missed", **values),
            'not_applicable': self.env._("%(actor)s said that “%(name)s” of %(day)s did not apply", **values),
            'sent_back': self.env._("%(actor)s sent “%(name)s” of %(day)s back", **values),
            'taken_back': self.env._("%(actor)s took back what was said of “%(name)s” of %(day)s", **values),
            'added': self.env._("%(actor)s added to “%(name)s” of %(day)s: a note, an answer, a file or who is responsible", **values),
            'excuse_asked': self.env._("%(actor)s asked to excuse “%(name)s” of %(day)s by: %(fact)s", **values),
            'excuse_granted': self.env._("%(actor)s granted the excuse of “%(name)s” of %(day)s by: %(fact)s", **values),
            'excuse_refused': self.env._("%(actor)s refused to excuse “%(name)s” of %(day)s by: %(fact)s", **values),
            'excuse_withdrawn': self.env._("%(actor)s withdrew the excuse of “%(name)s” of %(day)s by: %(fact)s", **values),
        }[deed.code]
        return self.env._("%(words)s – %(reason)s", words=words, reason=deed.reason) if deed.reason else words

    @api.model
    def _actor_words(self, story, deed, names):
        """Return in whose name it happened; where somebody else wrote down what a person did, both."""
        actor = self._person_words(story.people, deed.actor, names)
        if deed.code not in DOINGS or story.doer in (None, deed.actor):
            return actor
        return self.env._("%(doer)s (entered by %(actor)s)", doer=self._person_words(story.people, story.doer, names), actor=actor)
