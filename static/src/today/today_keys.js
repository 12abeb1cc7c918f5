import { Component } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";

const KEYS = [
    { id: "move", names: ["j", "k", "↓", "↑"], what: _t("Next and previous run") },
    { id: "open", names: ["Enter", "o"], what: _t("Open the run") },
    { id: "act", names: ["d"], what: _t("Take its next step: done, verify, try again, enter late") },
    { id: "fail", names: ["f"], what: _t("Failed, with a reason") },
    { id: "skip", names: ["n"], what: _t("Not applicable, with a reason") },
    { id: "group", names: ["g"], what: _t("By checklist or by hour") },
    { id: "search", names: ["s"], what: _t("Find a task and start it") },
    { id: "refresh", names: ["r"], what: _t("Refresh") },
    { id: "help", names: ["?"], what: _t("This list") },
];

/** What the keyboard can do on the Today board. */
export class TodayKeys extends Component {
    static template = "it_continuity.TodayKeys";
    static components = { Dialog };
    static props = { close: Function };

    setup() {
        this.keys = KEYS;
    }
}
