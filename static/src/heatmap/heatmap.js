import { Component, onMounted, onWillStart, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const { DateTime } = luxon;

// A sign beside each colour, for whoever cannot tell the colours apart or prints in grey.
const SIGNS = { on_time: "✓", late: "◔", late_entry: "✎", missed: "✕", failed: "!", waived: "?", not_applicable: "–", extra: "+", open: "·" };
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/** One month of runs, a row a task and a column a day; a cell opens its run. */
export class Heatmap extends Component {
    static template = "it_continuity.Heatmap";
    static components = { Layout };
    static props = { ...standardActionServiceProps };
    static displayName = _t("Heat Map");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.rootRef = useRef("root");
        this.keepLast = new KeepLast();
        this.signs = SIGNS;
        this.state = useState({ board: null });
        useSetupAction({ getLocalState: () => ({ month: this.state.board.month }) });
        onWillStart(() => this.load(this.props.state?.month || false));
        onMounted(() => this.showToday());
    }

    async load(month) {
        this.state.board = await this.keepLast.add(this.orm.call("it.compliance.report", "get_heatmap", [month]));
    }

    /** Bring today's column into view where the month is wider than the screen. */
    showToday() {
        const today = this.rootRef.el?.querySelector(".o_itc_day_today");
        const box = today?.closest(".o_itc_scroll");
        if (box) {
            box.scrollLeft = today.offsetLeft + today.offsetWidth - box.clientWidth;
        }
    }

    get days() {
        return this.state.board.days.map((iso) => {
            const day = DateTime.fromISO(iso);
            return {
                iso,
                number: day.day,
                weekday: day.toLocaleString({ weekday: "narrow" }),
                words: day.toLocaleString({ weekday: "long", day: "numeric", month: "long" }),
                isToday: iso === this.state.board.today,
                isWeekend: day.weekday > 5,
            };
        });
    }

    get firstCell() {
        const task = this.state.board.checklists[0]?.tasks[0];
        return task && `${task.id} ${Object.keys(task.cells).sort()[0]}`;
    }

    words(task, day, cell) {
        const outcome = this.state.board.outcomes[cell.outcome];
        return cell.count > 1
            ? _t("%(task)s, %(day)s: %(outcome)s, the worst of %(count)s runs", {
                  task: task.name,
                  day: day.words,
                  outcome,
                  count: cell.count,
              })
            : _t("%(task)s, %(day)s: %(outcome)s", { task: task.name, day: day.words, outcome });
    }

    open(task, day, cell) {
        if (cell.run_id) {
            return this.action.doAction({
                type: "ir.actions.act_window",
                res_model: "it.task.run",
                res_id: cell.run_id,
                views: [[false, "form"]],
            });
        }
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: task.name,
            res_model: "it.task.run",
            domain: [
                ["task_id", "=", task.id],
                ["date", "=", day.iso],
            ],
            views: [
                [false, "list"],
                [false, "form"],
            ],
        });
    }

    /** Arrow keys walk over the cells, past days without a run; only one cell is a stop of the tab key. */
    onKeydown(ev) {
        const step = STEPS[ev.key];
        const button = ev.target.closest(".o_itc_cell");
        if (!step || !button) {
            return;
        }
        const grid = [...this.rootRef.el.querySelectorAll("tr.o_itc_task")].map((row) => [...row.cells].slice(1));
        let row = grid.findIndex((cells) => cells.includes(button.parentElement));
        let column = grid[row].indexOf(button.parentElement);
        let next = null;
        while (!next && grid[(row += step[0])]?.[(column += step[1])]) {
            next = grid[row][column].querySelector(".o_itc_cell");
        }
        if (next) {
            button.tabIndex = -1;
            next.tabIndex = 0;
            next.focus();
        }
        ev.preventDefault();
    }
}

registry.category("actions").add("it_continuity.heatmap", Heatmap);
