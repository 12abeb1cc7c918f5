import { registry } from "@web/core/registry";

// At a desk the proposals are rows, on a phone cards.
const inProposal = (words, more = "") => `.modal tr.o_data_row:contains(${words})${more}, .modal .o_kanban_record:contains(${words})${more}`;
const TICK = " .o_field_widget[name=is_ticked] input";

const openWindow = [
    { content: "Open the host", trigger: ".o_data_row .o_data_cell:contains(srv-test)", run: "click" },
    { content: "It tells of its proposals", trigger: "button[name=action_open_proposals].btn-link:contains(Proposals: 3)", run: "click" },
    { content: "What it is sure of is ticked", trigger: inProposal("Odoo answers", `${TICK}:checked`) },
    { content: "And what it is not sure of is not", trigger: inProposal("Odoo backup is fresh", `${TICK}:not(:checked)`) },
    { content: "The settings can be read", trigger: inProposal("Odoo answers", ":contains(http://127.0.0.1:8069/web/health)") },
    { content: "And why", trigger: inProposal("Odoo answers", ":contains(An Odoo server answers on port 8069)") },
];

const untick = (words) => [
    { content: `Not ${words}`, trigger: inProposal(words, `${TICK}:checked`), run: "click" },
    { content: "It is unticked", trigger: inProposal(words, `${TICK}:not(:checked)`) },
];

const CHECK = (words) => `.o_list_view .o_data_row:contains(${words}), .o_kanban_view .o_kanban_record:contains(${words})`;

registry.category("web_tour.tours").add("it_proposal_accept_tour", {
    steps: () => [
        ...openWindow,
        ...untick("Remote Desktop answers"),
        { content: "Add the others", trigger: ".modal-footer button[name=action_add]", run: "click" },
        { content: "The new check is there", trigger: CHECK("Odoo answers") },
        { content: "The unticked one is not", trigger: `body:not(:has(${CHECK("Remote Desktop answers")}))` },
    ],
});

registry.category("web_tour.tours").add("it_proposal_dismiss_tour", {
    steps: () => [
        ...openWindow,
        ...untick("Odoo answers"),
        { content: "Remote Desktop needs no check", trigger: ".modal-footer button[name=action_dismiss]", run: "click" },
        { content: "Two are left", trigger: "body:not(:has(.modal)) button[name=action_open_proposals].btn-link:contains(Proposals: 2)" },
    ],
});
