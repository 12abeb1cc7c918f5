import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

// state -> [icon, colour, words]
const STATES = {
    done: ["fa-check-circle", "text-success", _t("Done")],
    open: ["fa-exclamation-circle", "text-danger", _t("Open")],
    unknown: ["fa-question-circle", "text-danger", _t("Could not look")],
};

/** What a company has to do before the handbook runs by itself, each line with the way to where it is done. */
export class SetupPage extends Component {
    static template = "it_continuity.Setup";
    static components = { Layout };
    static props = { ...standardActionServiceProps };
    static displayName = _t("Set-up");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ company: "", lines: [] });
        onWillStart(() => this.load());
    }

    async load() {
        Object.assign(this.state, await this.orm.call("it.setup", "get_setup", []));
    }

    get doneCount() {
        return this.state.lines.filter((line) => line.state === "done").length;
    }

    look(line) {
        const [icon, color, words] = STATES[line.state];
        return { icon, color, words };
    }

    async go({ action: { xmlid, values } }) {
        const action = await this.action.loadAction(xmlid);
        return this.action.doAction({ ...action, ...values }, { onClose: () => this.load() });
    }
}

registry.category("actions").add("it_continuity.setup", SetupPage);
