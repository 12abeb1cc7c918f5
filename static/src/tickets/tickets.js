import { registry } from "@web/core/registry";
import { KanbanHeader } from "@web/views/kanban/kanban_header";
import { KanbanRenderer } from "@web/views/kanban/kanban_renderer";
import { kanbanView } from "@web/views/kanban/kanban_view";

/** Offers to log a ticket only where one can start: among the new ones. */
export class TicketKanbanHeader extends KanbanHeader {
    canQuickCreate() {
        const { groupByField, value } = this.group;
        return super.canQuickCreate() && (groupByField.name !== "state" || value === "new");
    }
}

export class TicketKanbanRenderer extends KanbanRenderer {
    static components = { ...KanbanRenderer.components, KanbanHeader: TicketKanbanHeader };
}

registry.category("views").add("it_ticket_kanban", { ...kanbanView, Renderer: TicketKanbanRenderer });
