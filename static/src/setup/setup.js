import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { StatePage } from "../state_page/state_page";

/** What a company has to do before the handbook runs by itself, each line with the way to where it is done. */
export class SetupPage extends StatePage {
    static template = "it_continuity.Setup";
    static displayName = _t("Set-up");
    static source = ["it.setup", "get_setup"];
    static states = {
        done: ["fa-check-circle", "text-success", _t("Done")],
        open: ["fa-exclamation-circle", "text-danger", _t("Open")],
        unknown: ["fa-question-circle", "text-danger", _t("Could not look")],
    };

    get doneCount() {
        return this.count("done");
    }

    async go({ action: { xmlid, values } }) {
        const action = await this.action.loadAction(xmlid);
        return this.action.doAction({ ...action, ...values }, { onClose: () => this.load() });
    }
}

registry.category("actions").add("it_continuity.setup", SetupPage);
