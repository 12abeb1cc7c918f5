import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { KanbanHeader } from "@web/views/kanban/kanban_header";
import { KanbanRenderer } from "@web/views/kanban/kanban_renderer";
import { kanbanView } from "@web/views/kanban/kanban_view";

/** Offers to log a ticket only where one can start: among the new ones. Says how long the oldest of a column waits. */
export class TicketKanbanHeader extends KanbanHeader {
    static template = "it_continuity.TicketKanbanHeader";

    get oldest() {
        const days = !this.group.isFolded && !this.props.list.model.useSampleModel && this.group.aggregates.age_days;
        if (!days) {
            return "";
        }
        return days === 1 ? _t("The oldest: 1 day") : _t("The oldest: %s days", days);
    }

    canQuickCreate() {
        const { groupByField, value } = this.group;
        return super.canQuickCreate() && (groupByField.name !== "state" || value === "new");
    }
}

export class TicketKanbanRenderer extends KanbanRenderer {
    static components = { ...KanbanRenderer.components, KanbanHeader: TicketKanbanHeader };
}

/** Asks for the oldest of each column along with the columns, as Odoo does for the sum beside a progress bar. */
export class TicketKanbanController extends KanbanController {
    get progressBarAggregateFields() {
        const oldest = this.props.fields.age_days;
        return [...super.progressBarAggregateFields, ...(oldest?.aggregator ? [oldest] : [])];
    }
}

registry.category("views").add("it_ticket_kanban", { ...kanbanView, Controller: TicketKanbanController, Renderer: TicketKanbanRenderer });
