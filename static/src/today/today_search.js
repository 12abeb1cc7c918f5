import { Component, useRef } from "@odoo/owl";
import { AutoComplete } from "@web/core/autocomplete/autocomplete";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

/** Finds a task by any word and opens its run, starting one where none is open: an emergency is two taps away. */
export class TodaySearch extends Component {
    static template = "it_continuity.TodaySearch";
    static components = { AutoComplete };
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.rootRef = useRef("root");
        this.sources = [{ options: (words) => this.find(words), optionSlot: "task", placeholder: _t("Searching…") }];
        useHotkey("s", () => this.rootRef.el.querySelector("input").focus());
    }

    async find(words) {
        const tasks = await this.orm.call("it.today", "find_tasks", [words]);
        if (!tasks.length) {
            return [{ label: _t("No task has these words."), cssClass: "o_itc_nothing", data: {} }];
        }
        return tasks.map((task) => ({
            label: task.name,
            cssClass: "o_itc_found",
            data: task,
            onSelect: task.run_id || task.can_start ? () => this.choose(task) : undefined,
        }));
    }

    actionWords(task) {
        if (task.run_id) {
            return _t("Open");
        }
        return task.can_start ? _t("Start now") : "";
    }

    async choose(task) {
        if (task.run_id) {
            return this.action.doAction({
                type: "ir.actions.act_window",
                res_model: "it.task.run",
                res_id: task.run_id,
                views: [[false, "form"]],
            });
        }
        return this.action.doActionButton({
            type: "object",
            name: "action_start_run",
            resModel: "it.task",
            resId: task.id,
            context: {},
        });
    }
}
