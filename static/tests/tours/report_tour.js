import { registry } from "@web/core/registry";
import { cookie } from "@web/core/browser/cookie";

const tours = registry.category("web_tour.tours");
const line = (name) => `.o_data_row:contains(Task ${name})`;
const card = (name) => `.o_kanban_record:contains(Task ${name})`;
const either = (name) => `${line(name)}, ${card(name)}`;

tours.add("it_report_list_tour", {
    steps: () => [
        ...["Date", "Task", "Responsible", "Done by", "Verified by", "Status", "Outcome"].map((title) => ({
            content: `The column ${title} is there`,
            trigger: `.o_list_table thead th:contains(${title})`,
        })),
        { content: "Nobody named: the role", trigger: `${line("checked")}:contains(Tour crew):contains(Agent):contains(Verified by checks)` },
        { content: "Named, and done by another", trigger: `${line("now")}:contains(Technician_2):contains(Not asked for)` },
        { content: "Verified by a person", trigger: `${line("eyes")}:contains(Technician):contains(Manager):contains(On time)` },
        { content: "What falls due later is not there", trigger: ".o_list_table:not(:contains(Task ahead))" },
    ],
});

tours.add("it_report_cards_tour", {
    steps: () => [
        { content: "A card says it too", trigger: `${card("eyes")}:contains(Done by: Technician):contains(Verified by: Manager):contains(On time)` },
        { content: "The role answers where nobody is named", trigger: `${card("checked")}:contains(Responsible: Tour crew):contains(Verified by: Agent)` },
        { content: "Open the run", trigger: card("eyes"), run: "click" },
        { content: "It is the run", trigger: ".o_form_view .o_field_widget[name=verified_by_id]:contains(Manager)" },
    ],
});

/** On a phone the search box is behind a button. */
function openSearch() {
    if (!document.querySelector(".o_searchview_dropdown_toggler")) {
        document.querySelector(".o_control_panel button.btn-secondary :is(.oi-search, .fa-search)").closest("button").click();
    }
}

const openFilters = [
    { content: "Open the search on a phone", trigger: "body", run: openSearch },
    { content: "Open the filters", trigger: ".o_searchview_dropdown_toggler", run: "click" },
];

tours.add("it_report_period_tour", {
    steps: () => [
        { content: "This month's runs are there", trigger: either("now") },
        { content: "Last month's too", trigger: either("gone") },
        ...openFilters,
        { content: "Open the periods", trigger: ".o_filter_menu .o_accordion_toggle:contains(Due)", run: "click" },
        { content: "Choose last month", trigger: ".o_filter_menu .o_item_option:contains(Last month)", run: "click" },
        { content: "The period before is gone", trigger: ".o_filter_menu .o_item_option:contains(Last 12 months):not(.selected)" },
        { content: "Close the menu", trigger: "body", run: "press Escape" },
        { content: "Last month's runs are there", trigger: either("gone") },
        { content: "And no other's", trigger: ".o_action_manager:not(:contains(Task now)):not(:contains(Task ahead))" },
    ],
});

/** Let the file that the browser is about to hand to the person be read; the step after the download asks `read` for its words. */
function catchFile() {
    const create = URL.createObjectURL.bind(URL);
    URL.createObjectURL = (blob) => {
        blob.text().then((text) => (document.body.dataset.itcFile = text));
        return create(blob);
    };
}

const select = [
    { content: "Select all", trigger: ".o_list_table thead .o_list_record_selector input", run: "click" },
    { content: "Open the actions", trigger: ".o_cp_action_menus button:contains(Actions)", run: "click" },
];

tours.add("it_report_export_tour", {
    steps: () => [
        { content: "The runs are there", trigger: line("eyes") },
        ...select,
        { content: "Export", trigger: ".o-dropdown--menu .o-dropdown-item:contains(Export)", run: "click" },
        { content: "As text", trigger: ".modal .o_export_format input[value=csv], .modal .o_export_format label:contains(CSV)", run: "click" },
        { content: "The columns of the list are chosen", trigger: ".modal .o_fields_list:contains(Who verified it)", run: catchFile },
        { content: "Export", trigger: ".modal .o_select_button", run: "click" },
        {
            content: "The file holds the columns and the words",
            trigger: "body[data-itc-file]",
            run() {
                const lines = document.body.dataset.itcFile.split("\n");
                const wanted = ["Date", "Task name", "Who was responsible", "Who did it", "Who verified it", "State", "Outcome"];
                const missing = wanted.filter((title) => !lines[0].includes(title));
                const eyes = lines.find((one) => one.includes("Task eyes"));
                if (missing.length || !/Tour crew \(role\)","Technician","Manager","Verified","On time"/.test(eyes)) {
                    throw new Error(`The file is not the list: ${missing} ${lines[0]} ${eyes}`);
                }
            },
        },
    ],
});

tours.add("it_report_no_export_tour", {
    steps: () => [
        { content: "The runs are there", trigger: line("eyes") },
        { content: "Select all", trigger: ".o_list_table thead .o_list_record_selector input", run: "click" },
        { content: "Nothing can be taken along", trigger: "body:has(.o_selection_box):not(:has(.o_cp_action_menus button:contains(Actions)))" },
    ],
});

const COLORS = { "On time": "#28a745", Late: "#ffac00", Missed: "#dc3545", Failed: "#7d1823", "Not applicable": "#868e96", Open: "#e9ecef" };

tours.add("it_report_graph_tour", {
    steps: () => [
        { content: "Switch to the graph", trigger: ".o_switch_view.o_graph, .o_cp_switch_buttons .btn:not(.o_switch_view)", run: "click" },
        {
            content: "On a phone by a menu",
            trigger: ".o_graph_renderer canvas, .o-dropdown-item:contains(Graph)",
            run: ({ anchor }) => anchor.matches("canvas") || anchor.click(),
        },
        {
            content: "Each outcome has its colour, in the order in which people read them",
            trigger: ".o_graph_renderer canvas[style*=display]",
            run({ anchor }) {
                const datasets = window.Chart.getChart(anchor).data.datasets.filter((one) => one.label !== "Sum");
                const wrong = datasets.filter((one) => cookie.get("color_scheme") !== "dark" && one.backgroundColor !== COLORS[one.label]);
                const order = datasets.map((one) => Object.keys(COLORS).indexOf(one.label));
                if (datasets.length < 2 || wrong.length || order.join() !== [...order].sort().join()) {
                    throw new Error(JSON.stringify(datasets.map((one) => [one.label, one.backgroundColor])));
                }
            },
        },
        { content: "As slices", trigger: ".o_graph_button[data-mode=pie]", run: "click" },
        { content: "They are drawn", trigger: ".o_graph_button[data-mode=pie].active" },
    ],
});

tours.add("it_report_pivot_tour", {
    steps: () => [
        { content: "Shares have one decimal", trigger: ".o_pivot .o_pivot_cell_value:contains(/^\\d+\\.\\d$/)" },
        { content: "And no more", trigger: ".o_pivot:not(:contains(/\\d\\.\\d\\d/))" },
    ],
});

const event = (text) => `.o_data_row:contains(${text}) .o_data_cell:contains(Tour backup), .o_kanban_record:contains(${text})`;

tours.add("it_evidence_log_tour", {
    steps: () => [
        { content: "From the run to what the log says of it", trigger: ".o_form_view button[name=action_open_events]", run: "click" },
        { content: "What was done", trigger: event("Technician did “Tour backup” of") },
        { content: "Who looked again", trigger: event("Manager verified “Tour backup” of"), run: "click" },
        { content: "In words", trigger: ".o_form_view .o_field_widget[name=summary]:contains(done by Technician)" },
        { content: "What is sealed is one click away", trigger: ".o_notebook .nav-link:contains(Raw JSON)", run: "click" },
        { content: "To the byte", trigger: '.o_field_widget[name=content]:contains("task_name":"Tour backup")' },
        { content: "And back to the run", trigger: "button[name=action_open_record]", run: "click" },
        { content: "It is the run", trigger: ".o_form_view .o_field_widget[name=verified_by_id]:contains(Manager)" },
    ],
});
