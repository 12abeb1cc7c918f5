import { Component } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";

/** What waits for the reader besides runs, a card a kind: how many, the first few, and one click to each. */
export class TodaySections extends Component {
    static template = "it_continuity.TodaySections";
    static props = { sections: Array };

    setup() {
        this.action = useService("action");
    }

    open(section, row) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: section.model,
            res_id: row.id,
            views: [[false, "form"]],
        });
    }

    openAll(section) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: section.name,
            res_model: section.model,
            domain: section.domain,
            mobile_view_mode: "kanban",
            views: [
                [false, "list"],
                [false, "kanban"],
                [false, "form"],
            ],
        });
    }
}
