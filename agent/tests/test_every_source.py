"""Every kind and everything that its source can do to it: not be there, hang, lie, refuse. A kind without a row in the tables fails."""
import ast
import contextlib
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from bad_sources import PLANTS, Place

from itc_agent import registry
from itc_agent.collectors import agent, mega_sync, peachtree
from itc_agent.results import State
from itc_agent.scheduler import Runner, look
from itc_agent.wire import make_check

MODULES = sorted({*registry.kinds('linux').values(), *registry.kinds('windows').values()})
SAMPLES = Path(__file__).parent / 'samples'
pytestmark = pytest.mark.skipif(registry.PLATFORM != 'linux', reason="the hangs are made of pipes, scripts and mounts of Linux")

# === HANGING: EACH KIND, IN ITS OWN SOURCE === #

LIMIT_S = 1.2
# Of these kinds the answer *is* what is measured: what gives none, or another one, is down, which their manuals say.
DOWN = {'http', 'odoo', 'rdp', 'tcp'}
# Not all at once: of a kind there is one collector at a time, and where /proc is put in another place no other kind can list processes.
OTHER_SYSTEM = [name for name in MODULES if name not in registry.kinds('linux').values()]
TOGETHER = [[name for name in MODULES if name not in ('host', 'process', *OTHER_SYSTEM)], ['host', 'process', *OTHER_SYSTEM]]
AT_ONCE = 6


@contextlib.contextmanager
def planted(folders, modules, lie=None):
    """Give module to (settings, what its checks share) for the modules, with a bad source for each; or why there can be none here."""
    with contextlib.ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        found = {}
        for module in modules:
            place = Place(folders.mktemp(module), patch, stack, lie)
            try:
                found[module] = (PLANTS[module](place), place.given)
            except (pytest.skip.Exception, KeyError) as problem:
                found[module] = problem
        yield found


def kind_of(module):
    return next(kind for platform in registry.PLATFORMS for kind, name in registry.kinds(platform).items() if name == module)


def watch(module, settings, given, port):
    """Return how a runner fares with a check that hangs and one that does not: what each said, and when."""
    kind = kind_of(module)
    hung, quick = make_check(1, module, kind, 60, LIMIT_S, settings), make_check(2, 'quick', 'tcp', 60, LIMIT_S, {'port': port})
    assert not hung.problem, hung.problem
    runner, started, told = Runner(given=given), time.monotonic(), {}
    results = runner.run([hung, quick], hold_s=0.1)
    while True:
        for result in results:
            told[result.check.ident] = (time.monotonic() - started, result)
        if not runner.busy or time.monotonic() - started > 10:
            break
        results = runner.late()
    again, = runner.run([quick])
    return SimpleNamespace(hung=told.get(1), quick=told.get(2), again=again)


def beats(stop, gaps):
    """Note how long another thread of this process had to wait for its turn, again and again."""
    last = time.monotonic()
    while not stop.wait(0.02):
        now = time.monotonic()
        gaps.append(now - last)
        last = now


@contextlib.contextmanager
def heart():
    """Give a list that holds, when the block is over, how long other threads of this process had to wait within it."""
    gaps, stop = [], threading.Event()
    beating = threading.Thread(target=beats, args=(stop, gaps), daemon=True)
    beating.start()
    try:
        yield gaps
    finally:
        stop.set()
        beating.join()


@pytest.fixture(scope='module')
def looked(tmp_path_factory):
    """Plant a hang for every kind and let each be looked at, a few at once: module to what came of it, and the longest gap of the others' threads."""
    found = {}
    with heart() as gaps, socket.create_server(('127.0.0.1', 0), backlog=200) as one:
        for modules in TOGETHER:
            with planted(tmp_path_factory, modules) as sources, ThreadPoolExecutor(AT_ONCE) as pool:
                waiting = {module: pool.submit(watch, module, *source, one.getsockname()[1])
                           for module, source in sources.items() if not isinstance(source, BaseException)}
                found |= sources | {module: future.exception() or future.result() for module, future in waiting.items()}
    return found, max(gaps)


@pytest.mark.parametrize('module', MODULES)
def test_a_source_that_hangs_is_unknown_in_time_and_the_others_go_on(looked, module):
    came = looked[0][module]
    if isinstance(came, BaseException):
        raise came
    at, result = came.hung
    assert (result.state, result.summary[:2] != '') == (State.CRITICAL if module in DOWN else State.UNKNOWN, True), result.summary
    assert "collector failed" not in result.summary
    assert any(words in result.summary for words in ("answer", "says nothing within")), result.summary
    assert at < LIMIT_S + 0.5
    quick_at, quick = came.quick
    assert (quick.state, came.again.state) == (State.OK, State.OK)
    assert quick_at < LIMIT_S, "it waited for the one that hangs"


def test_while_sources_hang_every_other_thread_of_the_agent_goes_on(looked):
    assert looked[1] < 1.0


# === LYING === #

LIES = {
    'empty': b'', 'garbage': bytes(range(256)) * 8, 'language': b"Der Dienst wurde nicht gefunden, das Verzeichnis ist leer.\n",
    'encoding': "Größe: ሽያጭ, läuft\n".encode('utf-16'), 'huge': b'x' * 3_000_000 + b'\n',
    # Of these a careless pattern tries each to the end, for minutes, and no other thread goes on meanwhile. As much as is read of a program.
    'blank': b'\n' * 1_000_000, 'begun': b'<Event>' * 140_000,
    # More in one another than Python follows.
    'nested': b'[' * 150_000}
# Of these nothing is read that could be a lie in words; what else they can be told wrongly stands in `SHOWN`.
WORDLESS = {
    'agent': "it is asked within its own process", 'backup': "a file is read only when it has settled for a while",
    'disk': "the kernel's numbers", 'disk_forecast': "the kernel's numbers", 'licence': "a day that was entered",
    'newest_file': "times and sizes of files, nothing in them",
    'pending_reboot_linux': "that the mark is there says it, whatever packages it names", 'pending_reboot_windows': "values of the registry",
    'tcp': "that a connection comes about is all it looks for"}


@pytest.mark.parametrize('lie', LIES)
def test_whatever_a_source_says_instead_is_unknown(tmp_path_factory, lie):
    wrong = []

    def check(module, settings, given):
        one = make_check(1, module, kind_of(module), 60, 8, settings)
        started = time.monotonic()
        result = look(one, {}, dict(given.get(one.kind, {})))
        due = State.CRITICAL if module in DOWN else State.UNKNOWN
        if result.state != due or "collector failed" in result.summary or len(result.summary) < 10 or time.monotonic() - started > 8:
            wrong.append((module, result.state.name, result.summary[:200]))

    longest = 0.0
    for modules in TOGETHER:
        with planted(tmp_path_factory, [name for name in modules if name not in WORDLESS], LIES[lie]) as sources, ThreadPoolExecutor(AT_ONCE) as pool:
            with heart() as gaps:
                for future in [pool.submit(check, module, *source) for module, source in sources.items()]:
                    future.result()
            longest = max(longest, *gaps)
    assert not wrong
    assert longest < 1.0, "no other thread of the agent went on"


def test_whoever_asks_for_processes_says_plainly_that_what_they_tell_is_nothing(tmp_path_factory):
    modules = ['mega_sync', 'tailscale', 'anydesk', 'rustdesk', 'process']  # the last one puts /proc in another place
    with planted(tmp_path_factory, modules, LIES['empty']) as sources, pytest.MonkeyPatch.context() as patch:
        patch.setattr(mega_sync, 'EXES', ())
        patch.setattr(psutil, '_pmap', {})  # processes that were listed before are read where /proc was then
        results = [look(make_check(1, module, module, 60, 8, sources[module][0]), {}, {}) for module in modules]
        assert (peachtree.count_programs(), agent.costs({})) == (None, {})
    assert [result.summary for result in results if result.state != State.UNKNOWN or "collector failed" in result.summary] == []


def test_a_mark_counts_whatever_packages_it_names(tmp_path_factory):
    for lie in LIES.values():
        with planted(tmp_path_factory, ['pending_reboot_linux'], lie) as sources:
            result = look(make_check(1, 'reboot', 'pending_reboot', 60, 8, sources['pending_reboot_linux'][0]), {}, {})
        assert "a restart is due" in result.summary or "a restart is due" in result.readings[0].text, result.summary


# === WHAT ELSE IT CAN DO, AND WHERE THAT IS SHOWN === #

ANEW = "nothing old can come: it is asked anew at each look, and what it says bears no time"
ANYBODY = "it answers before it asks who is there"
COMES_ABOUT = "that a connection comes about is all it looks for"
NOBODY = "nobody is asked"
CONTRACT = 'test_contracts::a_missing_source_is_unknown_with_words'
# File in ``collectors/``: where its source is missing, where it says what is old, where it refuses; of the wordless ones where they lie, too.
# A test by file and name without its first word, or in words why that cannot be.
SHOWN = {
    'agent': ('test_agent::outside_the_running_agent_nothing_is_known', 'test_agent::time_that_is_set_wrong_after_the_last_answer_shows_too',
              'test_agent::permissions_that_cannot_be_looked_at_are_unknown', 'test_agent::a_spool_that_is_closed_or_damaged_is_unknown_not_fine'),
    'anydesk': ('test_anydesk::not_installed_or_hidden_is_unknown', ANEW, 'test_anydesk::not_installed_or_hidden_is_unknown'),
    'backup': (CONTRACT, 'test_backup::a_second_look_reads_nothing_and_a_changed_file_is_read_anew', 'test_backup::what_may_not_be_read_is_unknown',
               'test_backup::every_bad_kind_is_told_by_its_own_reason'),
    'battery': ('test_battery::no_battery_is_unknown_and_not_fine', ANEW, 'test_battery::a_system_that_refuses_is_unknown'),
    'disk': (CONTRACT, ANEW, 'test_volumes::a_volume_under_a_folder_that_may_not_be_entered_is_unknown',
             'test_volumes::figures_that_cannot_be_true_are_unknown'),
    'disk_forecast': (CONTRACT, 'test_disk_forecast::another_size_or_a_clock_far_off_begins_anew',
                      'test_disk_forecast::a_volume_that_fails_is_unknown_with_the_reason', 'test_disk_forecast::figures_that_cannot_be_true_are_unknown'),
    'events_linux': ('test_events::without_journalctl_it_is_unknown', 'test_events::a_journal_that_is_no_longer_written_is_unknown',
                     'test_events::a_journal_that_is_missing_empty_damaged_or_refused_is_unknown'),
    'events_windows': ('test_events_windows::without_wevtutil_it_is_unknown',
                       'test_events_windows::events_that_were_overwritten_before_they_were_read_are_a_warning',
                       'test_events_windows::a_channel_that_cannot_be_read_is_unknown_and_costs_no_other'),
    'failed_units_linux': ('test_failed_units::without_systemd_it_is_unknown', ANEW,
                           'test_failed_units::a_systemctl_that_hangs_refuses_or_lies_is_unknown_and_in_time'),
    'failed_units_windows': ('test_failed_units::a_list_that_cannot_be_right_is_unknown', ANEW,
                             'test_failed_units::services_that_may_not_be_looked_at_are_unknown_unless_left_out'),
    'host': ('test_collectors::one_number_that_cannot_be_read_is_unknown_and_costs_no_other', ANEW,
             'test_collectors::one_number_that_cannot_be_read_is_unknown_and_costs_no_other'),
    'http': (CONTRACT, ANEW, 'test_http::a_server_that_wants_a_client_certificate_could_not_be_looked_at'),
    'id_station': (CONTRACT, ANEW, 'test_id_station::folders_that_are_absent_empty_closed_or_files'),
    'last_row': (CONTRACT, 'test_last_row::the_files_own_time_proves_nothing', 'test_last_row::what_may_not_be_read_is_unknown'),
    'licence': (NOBODY, 'test_licence::a_day_that_is_over_is_critical_and_says_since_when', NOBODY,
                'test_licence::a_clock_that_cannot_be_right_is_unknown'),
    'mega_sync': ('test_mega_sync::the_desktop_program_alone_is_unknown_and_says_what_to_do',
                  'test_mega_sync::a_sync_that_goes_on_for_too_long_is_a_warning_also_over_a_restart',
                  'test_mega_sync::a_program_that_may_not_be_started_is_unknown'),
    'newest_file': (CONTRACT, 'test_collectors::the_date_in_the_name_wins_over_the_time_a_copy_set',
                    'test_newest_file::a_folder_that_only_lists_its_files_is_unknown',
                    'test_newest_file::a_folder_that_held_files_and_is_empty_now_is_unknown_also_after_a_restart'),
    'odoo': (CONTRACT, 'test_odoo::stopped_jobs_that_were_told_once_are_unknown_until_they_are_told_again',
             'test_odoo::a_role_that_may_not_read_the_columns_knows_nothing_and_is_told_what_it_needs'),
    'peachtree': (CONTRACT, ANEW, 'test_peachtree::a_folder_that_may_not_be_read_is_unknown'),
    'pending_reboot_linux': ('test_pending_reboot::no_mark_and_no_kernel_to_compare_with_is_unknown',
                             'test_pending_reboot::a_clock_that_was_set_back_or_a_mark_from_the_future_starts_anew',
                             'test_pending_reboot::folders_that_may_not_be_looked_at_are_unknown',
                             'test_every_source::a_mark_counts_whatever_packages_it_names'),
    'pending_reboot_windows': ('test_pending_reboot::a_registry_that_is_not_windows_own_is_unknown',
                               'test_pending_reboot::a_clock_that_was_set_back_or_a_mark_from_the_future_starts_anew',
                               'test_pending_reboot::a_mark_that_may_not_be_looked_at_is_unknown',
                               'test_pending_reboot::files_that_wait_are_told_but_do_not_count_unless_asked_for'),
    'postgresql': (CONTRACT, ANEW, 'test_postgresql::who_is_not_let_in_knows_nothing'),
    'print_queue_linux': (CONTRACT, 'test_print_queue::a_clock_of_the_print_server_that_jumps_back_is_no_progress_and_no_error',
                          'test_print_queue::a_cups_that_asks_for_a_password_is_unknown'),
    'print_queue_windows': ('test_print_queue::a_spooler_that_does_not_run_is_critical_and_one_that_refuses_unknown',
                            'test_print_queue::a_windows_job_without_progress_is_stuck_and_one_with_pages_is_not',
                            'test_print_queue::a_spooler_that_does_not_run_is_critical_and_one_that_refuses_unknown'),
    'printer_supplies': (CONTRACT, 'test_printer_supplies::a_supply_that_is_no_longer_told_of_is_unknown_until_it_is_ignored',
                         'test_printer_supplies::a_wrong_community_is_told_from_a_dead_printer_by_another_port'),
    'process': ('test_process::processes_hidden_by_the_system_are_unknown_and_not_gone',
                'test_process::a_process_that_has_ended_and_waits_for_its_parent_does_not_count',
                'test_process::what_may_not_be_looked_into_could_be_the_one'),
    'rdp': (CONTRACT, ANEW, ANYBODY),
    'report_arrival': (CONTRACT, 'test_report_arrival::the_old_report_under_a_new_name_is_critical', 'test_report_arrival::what_may_not_be_read_is_unknown'),
    'rustdesk': ('test_rustdesk::not_installed_is_unknown', ANEW, 'test_rustdesk::hidden_processes_are_unknown_and_not_stopped'),
    'service_linux': (CONTRACT, ANEW, 'test_services::services_that_could_not_be_asked_are_unknown_and_in_time'),
    'service_windows': ('test_windows::a_service_that_windows_does_not_know_is_unknown', ANEW,
                        'test_services::windows_services_that_may_not_be_opened_cost_no_other'),
    'sqlserver': (CONTRACT, ANEW, ANYBODY),
    'tailscale': ('test_tailscale::not_installed_is_unknown_and_says_where_was_looked', 'test_tailscale::running_is_not_connected',
                  'test_tailscale::a_program_that_may_not_be_started_is_unknown'),
    'tcp': (CONTRACT, ANEW, 'test_collectors::a_name_without_address_and_an_unreachable_network_are_unknown', COMES_ABOUT),
    'ups_ecoflow': (CONTRACT, 'test_ups_ecoflow::values_that_never_move_while_the_battery_carries_the_load_are_old',
                    'test_ups_ecoflow::keys_that_the_agent_may_not_read_are_unknown'),
    'ups_nut': (CONTRACT, 'test_ups_nut::the_last_words_of_a_frozen_driver_are_not_believed_longer_than_upsd_takes',
                'test_ups_nut::an_answer_that_is_none_is_unknown'),
}


@pytest.fixture(scope='module')
def written():
    """The tests that there are, as `SHOWN` names them."""
    return {f'{file.stem}::{one.name.removeprefix("test_")}' for file in Path(__file__).parent.glob('test_*.py')
            for one in ast.walk(ast.parse(file.read_text(encoding='utf-8'))) if isinstance(one, ast.FunctionDef) and one.name.startswith('test_')}


@pytest.mark.parametrize('module', MODULES)
def test_whatever_else_a_source_can_do_is_shown_by_a_test_of_its_own(written, module):
    shown = SHOWN[module]
    assert len(shown) == 3 + (module in WORDLESS), "missing, old, refused; for a wordless one lies, too"
    assert [one for one in shown if one not in (ANEW, ANYBODY, COMES_ABOUT, NOBODY) and one not in written] == []
    assert CONTRACT not in shown or json.loads((SAMPLES / kind_of(module) / 'contract.json').read_text())['missing'] is not None


def test_no_row_is_of_a_kind_that_is_gone():
    assert set(SHOWN) == set(PLANTS) == set(MODULES)
