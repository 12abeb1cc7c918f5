import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
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

registry.category("views").add("it_ticket_kanban", { ...kanbanView, Renderer: TicketKanbanRenderer });
