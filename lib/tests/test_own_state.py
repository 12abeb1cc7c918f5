import pytest
from lib import own_state
from lib.own_state import Job


@pytest.mark.parametrize(('jobs', 'state'), [
    ([], 'unknown'),
    ([Job("a", 60, 0)], 'ok'),
    ([Job("a", 60, 180)], 'ok'),
    ([Job("a", 60, 181)], 'critical'),
    ([Job("a", 86400, 3600)], 'ok'),
    ([Job("a", 60, -3600)], 'ok'),
    ([Job("a", 60, 0, failures=2)], 'warning'),
    ([Job("a", 60, 0, is_active=False)], 'critical'),
    ([Job("a", 60, 0), Job("b", 60, 9999)], 'critical'),
])
def test_jobs(jobs, state):
    assert own_state.jobs(jobs) == state


def test_a_job_that_was_switched_off_is_not_called_late_too():
    assert not Job("a", 60, 10**6, is_active=False).is_late


def test_worse_figures_never_give_a_better_state():
    order = ['ok', 'warning', 'critical']
    ages = [0, 60, 3600, 7201, 21601, 90000]
    for states in (
        [own_state.mail(age, 0) for age in ages], [own_state.mail(age, 3) for age in ages],
        [own_state.evidence(0, age, True) for age in ages], [own_state.evidence(age, None, True) for age in ages],
        [own_state.hosts(silent, 4) for silent in range(5)],
        [own_state.outbox(age, 0, 1) for age in ages], [own_state.outbox(0, dead, 0) for dead in range(3)],
        [own_state.alerts(age, 0) for age in ages], [own_state.alerts(0, age) for age in ages],
    ):
        assert states == sorted(states, key=order.index)
