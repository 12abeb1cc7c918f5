import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { StatePage } from "../state_page/state_page";

/** What this Odoo finds of itself, looked at when the page is opened: no job that may be dead stands between. */
export class OwnPage extends StatePage {
    static template = "it_continuity.OwnPage";
    static displayName = _t("This Odoo");
    static source = ["it.own.check", "get_page"];
    static states = {
        ok: ["fa-check-circle", "text-success", _t("OK")],
        warning: ["fa-exclamation-triangle", "text-warning-emphasis", _t("Warning")],
        critical: ["fa-exclamation-circle", "text-danger", _t("Critical")],
        unknown: ["fa-question-circle", "text-danger", _t("Unknown")],
    };

    get badCount() {
        return this.state.lines.length - this.count("ok");
    }

    async openHistory() {
        const action = await this.action.loadAction("it_continuity.it_check_action");
        return this.action.doAction({ ...action, domain: [["agent_id.is_server", "=", true], ["kind", "=", "own"]] });
    }
}

registry.category("actions").add("it_continuity.own_page", OwnPage);
