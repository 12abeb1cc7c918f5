from odoo import api, models
from odoo.tools import format_date

from ...lib import seal_story
from ...lib.compliance import Bucket

DOINGS = frozenset({'done', 'done_late', 'failed', 'not_applicable'})  # after these the run names its doer


class ItTaskRunWords(models.AbstractModel):
    """What the rules of runs say in codes, as sentences in the reader's language: the one place where the one becomes the other."""
    _name = 'it.task.run.words'
    _description = "Words about Runs"

    # === REFUSALS === #

    @api.model
    def _refusal(self, run, code):
        """Return why a step of a run is refused, for one of ``lib.run_state.REFUSALS``."""
        return self.env._("“%(name)s”: %(reason)s", name=run.display_name, reason={
            'not_allowed': self.env._("it cannot go from its present status to that one."),
            'machine_only': self.env._("only fresh results of checks can verify it automatically."),
            'clock_only': self.env._("it becomes missed by the clock, not by hand."),
            'no_proof': self.env._("a check is not freshly ok. Give a reason to override it."),
            'own_work': self.env._("who did it cannot verify it."),
            'own_rejection': self.env._("who did it cannot send it back."),
            'no_reason': self.env._("give a reason."),
            'too_early': self.env._("it is not open yet, or was not when it was done."),
            'not_yet_missed': self.env._("its time has not passed yet."),
            'done_in_future': self.env._("it cannot be done in the future."),
            'undo_off': self.env._("taking back is switched off."),
            'undo_other': self.env._("only the person who said it takes it back."),
            'undo_machine': self.env._("what checks verified is not taken back."),
            'undo_seen': self.env._("another person has looked at it already, so it is not taken back."),
            'undo_late_entry': self.env._("it was entered after its deadline. That stays; another person can send it back."),
            'undo_expired': self.env._("the time for taking it back has passed. Another person can still send it back."),
        }[code])

    @api.model
    def _lacks_note(self, run):
        """Return why a run is not done without a note."""
        return self.env._("“%(name)s”: write in the note what was done.", name=run.task_name)

    # === STATUS === #

    @api.model
    def _status(self, run, bucket):
        """Return how a run stands; what the figures count as missed is never called done alone.

        :param bucket: the :class:`lib.compliance.Bucket` of how the run ended, a late entry as if it were confirmed
        """
        words = [self._outcome(run, bucket)]
        if run.state in ('done', 'verified') and run.is_late_entry:
            words.append(self.env._("entered late"))
        if run.state == 'verified' and bucket is not Bucket.ON_TIME:
            words.append(self.env._("verified"))
        if run.state == 'not_applicable' and run.verified_by_id:
            words.append(self.env._("confirmed"))
        if run.waits_for_second:
            words.append(self.env._("waits for a second person"))
        return ", ".join(words)

    @api.model
    def _outcome(self, run, bucket):
        if bucket is Bucket.MISSED and run.done_at:
            return self.env._("Missed, done after its deadline")
        if bucket is Bucket.LATE and run.state in ('done', 'verified'):
            return self.env._("Done late")
        if run.state == 'not_applicable':
            return self._state(run.state)
        return self._state(bucket.value if bucket in (Bucket.FAILED, Bucket.MISSED) else run.state)

    @api.model
    def _state(self, state):
        return dict(self.env['it.task.run']._fields['state']._description_selection(self.env))[state]

    @api.model
    def _counts_as(self, bucket, is_late_entry, is_extra=False):
        """Return what work counts as, for a :class:`lib.compliance.Bucket`.

        :param is_late_entry: it is entered after the deadline, so that another person has to confirm it
        :param is_extra: the run is beside the plan
        """
        if is_extra:
            return self.env._("%(words)s; beside the plan, it is in no percentage", words=self._counts_as(bucket, is_late_entry))
        if is_late_entry and bucket in (Bucket.ON_TIME, Bucket.LATE):
            return {
                Bucket.ON_TIME: self.env._("counts as entered late, and as done on time once another person confirms it"),
                Bucket.LATE: self.env._("counts as entered late, and as done late once another person confirms it"),
            }[bucket]
        return {
            Bucket.ON_TIME: self.env._("counts as done on time"),
            Bucket.LATE: self.env._("counts as done late"),
            Bucket.MISSED: self.env._("stays missed; that it was done after all is shown"),
        }[bucket]

    # === THE LOG OF EVIDENCE === #

    @api.model
    def _events(self, contents):
        """Return sealed events of runs in words, by the keys of ``contents``; one that is not as we write it is left out."""
        stories = {key: story for key, content in contents.items() if (story := seal_story.read(content))}
        told = {
            user_id for story in stories.values() for user_id in (*story.people, story.doer, *(deed.actor for deed in story.deeds)) if user_id}
        names = self.env['it.task.run']._names_of(told)
        return {
            key: "; ".join(self._deed(story, deed, names) for deed in story.deeds) for key, story in stories.items()}

    @api.model
    def _deed(self, story, deed, names):
        values = {
            'actor': self._actor(story, deed, names), 'name': story.name, 'fact': deed.fact,
            'day': format_date(self.env, story.day, date_format='d MMM yyyy'), 'doer': self._person(story, story.doer, names)}
        words = {
            'done': self.env._("%(actor)s did “%(name)s” of %(day)s", **values),
            'done_late': self.env._("%(actor)s entered late that “%(name)s” of %(day)s was done", **values),
            'auto_verified': self.env._("The agent verified “%(name)s” of %(day)s", **values),
            'proven_by_improvement': self.env._("“%(name)s” of %(day)s was proven by an improvement", **values),
            'verified': self.env._("%(actor)s verified “%(name)s” of %(day)s, done by %(doer)s", **values),
            'verified_failed': self.env._("%(actor)s verified that “%(name)s” of %(day)s failed, as %(doer)s said", **values),
            'failed': self.env._("%(actor)s said that “%(name)s” of %(day)s failed", **values),
            'missed': self.env._("“%(name)s” of %(day)s was missed", **values),
            'not_applicable': self.env._("%(actor)s said that “%(name)s” of %(day)s did not apply", **values),
            'sent_back': self.env._("%(actor)s sent “%(name)s” of %(day)s back", **values),
            'taken_back': self.env._("%(actor)s took back what was said of “%(name)s” of %(day)s", **values),
            'added': self.env._("%(actor)s added to “%(name)s” of %(day)s: a note, an answer, a file or who is responsible", **values),
            'waiver_confirmed': self.env._("%(actor)s confirmed that “%(name)s” of %(day)s did not apply, as %(doer)s said", **values),
            'excuse_asked': self.env._("%(actor)s asked to excuse “%(name)s” of %(day)s by: %(fact)s", **values),
            'excuse_granted': self.env._("%(actor)s granted the excuse of “%(name)s” of %(day)s by: %(fact)s", **values),
            'excuse_refused': self.env._("%(actor)s refused to excuse “%(name)s” of %(day)s by: %(fact)s", **values),
            'excuse_withdrawn': self.env._("%(actor)s withdrew the excuse of “%(name)s” of %(day)s by: %(fact)s", **values),
        }[deed.code]
        return self.env._("%(words)s – %(reason)s", words=words, reason=deed.reason) if deed.reason else words

    @api.model
    def _actor(self, story, deed, names):
        """Return in whose name it happened; where somebody else wrote down what a person did, both."""
        actor = self._person(story, deed.actor, names)
        if deed.code not in DOINGS or story.doer in (None, deed.actor):
            return actor
        return self.env._("%(doer)s (entered by %(actor)s)", doer=self._person(story, story.doer, names), actor=actor)

    @api.model
    def _person(self, story, user_id, names):
        return self.env['it.task.run']._person_words(story.people, user_id, names)
