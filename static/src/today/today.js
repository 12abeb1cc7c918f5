import { Component, onMounted, onPatched, onWillStart, onWillUnmount, status, useExternalListener, useRef, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useBus, useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { SetupBanner } from "../setup/setup_banner";
import { GROUPINGS, grouped } from "./today_groups";
import { TodayKeys } from "./today_keys";
import { TodayRun, canFail, canSkip } from "./today_run";
import { TodaySearch } from "./today_search";
import { TodaySections } from "./today_sections";

const { DateTime } = luxon;
const REFRESH_MS = 30000;
const MINE_KEY = "it_continuity.today.mine";
const GROUPING_KEY = "it_continuity.today.grouping";

// The words of the header; each counts one `is_…` flag that the server set.
const FILTERS = [
    { key: "all", label: _t("All"), title: _t("Everything on today's board") },
    { key: "is_due", label: _t("To do"), title: _t("Open now and not closed yet") },
    {
        key: "is_waiting",
        label: _t("Need a person"),
        title: _t("No agent can close these: do them, or verify what a colleague did"),
    },
    { key: "is_to_verify", label: _t("To verify"), title: _t("A colleague did these; you may verify them"), needs: "can_verify" },
    {
        key: "is_late_entry",
        label: _t("Entered late"),
        title: _t("Entered after the deadline as done in time; they count as done once another person confirms it"),
    },
    { key: "is_red", label: _t("Red"), title: _t("A check is critical or silent, or a person found it bad"), alarming: true },
    { key: "is_missed", label: _t("Missed"), title: _t("The time has passed; they can still be entered late"), alarming: true },
    { key: "is_machine", label: _t("Verified by agent"), title: _t("Closed by fresh measurements") },
];

/** The technician's home: today's runs by checklist or hour, why one is red, and one click to do each. */
export class Today extends Component {
    static template = "it_continuity.Today";
    static components = { Layout, SetupBanner, TodayRun, TodaySearch, TodaySections };
    static props = { ...standardActionServiceProps };
    static displayName = _t("Today");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.ui = useService("ui");
        this.rootRef = useRef("root");
        this.keepLast = new KeepLast();
        this.groupings = GROUPINGS;
        this.state = useState({
            board: null,
            busyId: 0,
            filter: this.props.state?.filter || "all",
            grouping: browser.localStorage.getItem(GROUPING_KEY) === "hour" ? "hour" : "checklist",
            isLoading: false,
            isOffline: false,
            mine: browser.localStorage.getItem(MINE_KEY) === "1",
        });
        this.rowToFocus = this.props.state?.row ?? null;
        useSetupAction({ getLocalState: () => ({ filter: this.state.filter, row: this.focusedRow }) });
        onWillStart(() => this.load());
        onMounted(() => {
            this.timer = browser.setInterval(() => this.loadWhenVisible(), REFRESH_MS);
            this.restoreFocus();
        });
        onPatched(() => this.restoreFocus());
        useBus(this.ui.bus, "active-element-changed", () => this.restoreFocus());
        onWillUnmount(() => browser.clearInterval(this.timer));
        useExternalListener(document, "visibilitychange", () => this.loadWhenVisible());
        this.setupKeys();
    }

    setupKeys() {
        const inRows = { isAvailable: (target) => Boolean(target.closest?.(".o_itc_run")), allowRepeat: true };
        const onRow = { isAvailable: (target) => Boolean(target.matches?.(".o_itc_run")) };
        useHotkey("j", () => this.move(1), { allowRepeat: true });
        useHotkey("k", () => this.move(-1), { allowRepeat: true });
        useHotkey("arrowdown", () => this.move(1), inRows);
        useHotkey("arrowup", () => this.move(-1), inRows);
        useHotkey("d", () => this.actOnFocused(), onRow);
        useHotkey("f", () => this.actOnFocused("action_ask_fail", canFail), onRow);
        useHotkey("n", () => this.actOnFocused("action_ask_not_applicable", canSkip), onRow);
        useHotkey("enter", () => this.openFocused(), onRow);
        useHotkey("o", () => this.openFocused(), onRow);
        useHotkey("g", () => this.setGrouping(this.state.grouping === "hour" ? "checklist" : "hour"));
        useHotkey("r", () => this.load());
        // The hotkey service knows letters and digits only.
        useExternalListener(window, "keydown", (ev) => {
            if (ev.key === "?" && this.ui.activeElement === document && !ev.target.closest("input, textarea, [contenteditable=true]")) {
                this.dialog.add(TodayKeys, {});
            }
        });
    }

    // -- data ---------------------------------------------------------------------------------------------------------

    async load({ silent = false } = {}) {
        if (status(this) === "destroyed") {
            return; // an action that was begun here ended after the board was left
        }
        const orm = silent ? this.orm.silent : this.orm;
        this.state.isLoading = !silent;
        try {
            this.state.board = await this.keepLast.add(orm.call("it.today", "get_board", []));
            this.state.isOffline = false;
        } catch (error) {
            if (!silent || !(error instanceof ConnectionLostError)) {
                throw error;
            }
            this.state.isOffline = true;
        } finally {
            this.state.isLoading = false;
        }
    }

    loadWhenVisible() {
        if (document.visibilityState === "visible" && !this.state.busyId) {
            this.load({ silent: true });
        }
    }

    get runs() {
        return this.state.board.runs.filter((run) => !this.state.mine || run.is_mine);
    }

    get groups() {
        return grouped(this.state.board.checklists, this.runs, this.state.grouping, (run) => this.matches(run, this.state.filter));
    }

    get filters() {
        return FILTERS.filter(({ needs }) => !needs || this.state.board[needs]);
    }

    matches(run, filter) {
        return filter === "all" || run[filter];
    }

    count(filter) {
        return this.runs.filter((run) => this.matches(run, filter)).length;
    }

    get dateLabel() {
        return DateTime.fromISO(this.state.board.today).toLocaleString({
            weekday: "long",
            day: "numeric",
            month: "long",
        });
    }

    /** How today goes, in words: what was done on time of what is decided, and what else there was. */
    get figuresLabel() {
        const { due, on_time, open, late, late_entry, missed, failed, excused, waived, not_applicable, extra } = this.state.board.figures;
        const words = [];
        if (due) {
            words.push(_t("%(done)s of %(due)s done on time so far today", { done: on_time, due }));
        } else if (open) {
            words.push(_t("Nothing that is planned for today is done yet"));
        } else if (!not_applicable) {
            words.push(_t("Nothing is planned for today"));
        }
        const others = [
            [late, _t("%s late", late)],
            [late_entry, _t("%s entered late", late_entry)],
            [failed, _t("%s failed", failed)],
            [missed, _t("%s missed", missed)],
            [excused, _t("%s of these excused", excused)],
            [waived, _t("%s not applicable and unconfirmed", waived)],
            [not_applicable, _t("%s not applicable", not_applicable)],
            [extra, _t("%s started by hand", extra)],
        ];
        return words.concat(others.filter(([count]) => count).map(([, text]) => text)).join(", ");
    }

    get placeLabel() {
        return this.state.board.tz.split("/").pop().replaceAll("_", " ");
    }

    // -- acting -------------------------------------------------------------------------------------------------------

    setFilter(filter) {
        this.state.filter = this.state.filter === filter ? "all" : filter;
    }

    setGrouping(grouping) {
        this.state.grouping = grouping;
        browser.localStorage.setItem(GROUPING_KEY, grouping);
    }

    toggleMine() {
        this.state.mine = !this.state.mine;
        browser.localStorage.setItem(MINE_KEY, this.state.mine ? "1" : "0");
    }

    /** Press a button of the run; where it asks for more, its own dialog opens and the board follows when that closes. */
    async act(run, method) {
        if (this.state.busyId) {
            return;
        }
        this.state.busyId = run.id;
        const row = this.rows.findIndex((el) => Number(el.dataset.id) === run.id);
        try {
            await this.action.doActionButton({
                type: "object",
                name: method,
                resModel: "it.task.run",
                resId: run.id,
                context: {},
                onClose: () => {
                    this.load({ silent: true }); // not awaited: the dialog would stay until the board has come
                },
            });
        } finally {
            this.rowToFocus = row;
            this.state.busyId = 0;
        }
    }

    get bulkRuns() {
        return this.groups.flatMap((group) => group.runs).filter((run) => run.is_bulk && run.action === "action_do");
    }

    /** Do what is shown and asks for no evidence; the server decides once more and names what it leaves. */
    allFine() {
        const ids = this.bulkRuns.map((run) => run.id);
        this.dialog.add(ConfirmationDialog, {
            title: _t("All fine"),
            body: ids.length === 1
                ? _t("Mark one run as done? Runs that ask for evidence or whose checks are not well stay as they are.")
                : _t("Mark %s runs as done? Runs that ask for evidence or whose checks are not well stay as they are.", ids.length),
            confirmLabel: _t("All fine"),
            confirm: async () => {
                await this.action.doAction(await this.orm.call("it.task.run", "action_all_fine", [ids]));
                await this.load({ silent: true });
            },
            cancel: () => {},
        });
    }

    /** What is shown and waits for the reader to look at it; one dialog verifies all of it, or sends it back. */
    get verifiableRuns() {
        return this.state.filter === "is_to_verify" ? this.groups.flatMap((group) => group.runs).filter((run) => run.is_to_verify) : [];
    }

    async verifyShown() {
        const ids = this.verifiableRuns.map((run) => run.id);
        await this.action.doAction(await this.orm.call("it.task.run", "action_ask_verify", [ids]), {
            onClose: () => this.load({ silent: true }),
        });
    }

    /** Print what is shown, for a day without power. */
    async printSheet() {
        const ids = this.groups.flatMap((group) => group.runs).map((run) => run.id);
        await this.action.doAction(await this.orm.call("it.task.run", "action_print_today", [ids]));
    }

    open(run) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "it.task.run",
            res_id: run.id,
            views: [[false, "form"]],
        });
    }

    openAlert(alert) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "it.alert",
            res_id: alert.id,
            views: [[false, "form"]],
        });
    }

    openTicket(ticket) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "it.ticket",
            res_id: ticket.id,
            views: [[false, "form"]],
        });
    }

    openMissed() {
        const { from_at, to_at } = this.state.board.missed_before;
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: _t("Missed in the last days"),
            res_model: "it.task.run",
            domain: [
                ["state", "=", "missed"],
                ["deadline_at", ">=", from_at],
                ["deadline_at", "<", to_at],
            ],
            views: [
                [false, "list"],
                [false, "form"],
            ],
        });
    }

    // -- keyboard -----------------------------------------------------------------------------------------------------

    get rows() {
        return [...(this.rootRef.el?.querySelectorAll(".o_itc_run") || [])];
    }

    get focusedRow() {
        return this.rows.findIndex((el) => el.contains(document.activeElement));
    }

    get focusedRun() {
        const id = Number(this.rows[this.focusedRow]?.dataset.id);
        return this.state.board.runs.find((run) => run.id === id);
    }

    move(step) {
        const rows = this.rows;
        const next = this.focusedRow < 0 && step < 0 ? rows.length - 1 : this.focusedRow + step;
        rows[Math.max(0, Math.min(next, rows.length - 1))]?.focus();
    }

    /** Give the focus back to the row that was left, once no dialog has it. */
    restoreFocus() {
        if (this.rowToFocus === null || this.state.busyId || this.ui.activeElement !== document) {
            return;
        }
        const rows = this.rows;
        if (this.rowToFocus >= 0 && this.focusedRow < 0) {
            rows[Math.min(this.rowToFocus, rows.length - 1)]?.focus();
        }
        this.rowToFocus = null;
    }

    /** Take the run's next step, or another one that it allows. */
    actOnFocused(method = this.focusedRun?.action, isAllowed = () => Boolean(method)) {
        const run = this.focusedRun;
        if (run && isAllowed(run)) {
            this.act(run, method);
        }
    }

    openFocused() {
        if (this.focusedRun) {
            this.open(this.focusedRun);
        }
    }
}

registry.category("actions").add("it_continuity.today", Today);
