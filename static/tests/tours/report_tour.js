import { delay } from "@odoo/hoot-dom";
import { registry } from "@web/core/registry";
import { cookie } from "@web/core/browser/cookie";
import { catchFile } from "./file";
import { isPhone, openFilters, restOn } from "./select";

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

// A list is chosen by its box and acted upon by a button; cards on a phone by a resting finger, by “All” beside it, and by the wheel.
const ACTIONS = ".o_cp_action_menus button:contains(Actions), .o_cp_action_menus button:has(.fa-cog)";
const selectAll = (some) =>
    isPhone()
        ? [
              { content: "Rest a finger on one", trigger: some, run: restOn },
              { content: "Choose the others too", trigger: "body:has(.o_selection_box:contains(1 selected)) .o_select_domain", run: "click" },
          ]
        : [{ content: "Select all", trigger: `.o_list_view:has(${some}) thead .o_list_record_selector input`, run: "click" }];

const WANTED = {
    "Task name": "Task eyes", "Who was responsible": "Tour crew (role)", "Who did it": "Technician", "Who verified it": "Manager",
    State: "Verified", Outcome: "On time",
}; // prettier-ignore

/** A step's `run`: the file has these columns, and a line that says this in them. */
function readFile() {
    const [titles, ...rows] = document.body.dataset.itcFile.trim().split("\n").map((line) => line.trim().slice(1, -1).split('","'));
    const cell = (row, title) => row?.[titles.indexOf(title)];
    const eyes = rows.find((row) => cell(row, "Task name") === "Task eyes");
    const wrong = Object.entries(WANTED).filter(([title, word]) => cell(eyes, title) !== word);
    if (wrong.length || !/^\d{4}-\d\d-\d\d$/.test(cell(eyes, "Date")) || !rows.some((row) => cell(row, "Task name") === "Task gone")) {
        throw new Error(`The file is not the list: ${JSON.stringify(wrong)} ${document.body.dataset.itcFile}`);
    }
}

tours.add("it_report_export_tour", {
    steps: () => [
        { content: "The runs are there", trigger: either("eyes") },
        ...selectAll(either("eyes")),
        { content: "Open the actions", trigger: ACTIONS, run: "click" },
        { content: "Export", trigger: ".o-dropdown--menu .o-dropdown-item:contains(/^Export$/)", run: "click" },
        { content: "As text", trigger: ".modal .o_export_format input[value=csv], .modal .o_export_format label:contains(CSV)", run: "click" },
        { content: "The columns that are shown are chosen", trigger: ".modal .o_fields_list:contains(Who verified it)", run: catchFile },
        { content: "Export", trigger: ".modal .o_select_button", run: "click" },
        { content: "The file holds the columns and the words", trigger: "body[data-itc-file]", run: readFile },
    ],
});

const noExport = (some) => [
    ...selectAll(some),
    {
        content: "Open what may be done with it, if anything",
        trigger: "body:has(.o_selection_box)",
        async run() {
            [...document.querySelectorAll(".o_cp_action_menus button")].pop()?.click();
            await delay(700); // a menu takes its time
        },
    },
    { content: "Nothing can be taken along", trigger: "body:has(.o_selection_box):not(:has(.o-dropdown--menu:contains(Export)))" },
];

tours.add("it_report_no_export_tour", { steps: () => noExport(either("eyes")) });

tours.add("it_my_tickets_no_export_tour", { steps: () => noExport(".o_data_row:contains(Tour ink), .o_kanban_record:contains(Tour ink)") });

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

const figure = (text) => `.o_pivot tbody tr:contains(Test round) .o_pivot_cell_value:contains(/^${text}$/)`;

tours.add("it_report_pivot_tour", {
    steps: () => [
        ...(isPhone()
            ? [
                  { content: "Cards come first on a phone", trigger: card("eyes") },
                  { content: "Open the other views", trigger: ".o_cp_switch_buttons .btn", run: "click" },
                  { content: "The figures", trigger: ".o-dropdown--menu .o-dropdown-item:contains(Pivot)", run: "click" },
              ]
            : []),
        { content: "3 of 9 this month, with one decimal", trigger: figure("33\\.3") },
        { content: "3 of 10 in all", trigger: figure("30\\.0") },
        { content: "None with more", trigger: ".o_pivot:not(:contains(/\\d\\.\\d\\d/))" },
        { content: "Unfold by task", trigger: ".o_pivot tbody th:contains(Test round)", run: "click" },
        { content: "Each task has its own figure", trigger: ".o-dropdown--menu .o-dropdown-item:contains(/^Task$/)", run: "click" },
        { content: "What was missed is none of it", trigger: ".o_pivot tbody tr:contains(Task third_0) .o_pivot_cell_value:contains(/^0\\.0$/)" },
        { content: "What was done is all of it", trigger: ".o_pivot tbody tr:contains(Task eyes) .o_pivot_cell_value:contains(/^100\\.0$/)" },
    ],
});

// At a desk the log is a list, on a phone it is cards; each says the whole sentence.
const event = (sentence) =>
    isPhone() ? `.o_kanban_view .o_kanban_record:contains(${sentence})` : `.o_list_view .o_data_row .o_data_cell[name=summary]:contains(${sentence})`;
const RAW = ".o_form_view .o_field_widget[name=content]";

const eventInWords = () => [
    { content: "What was done, to what, by whom", trigger: event("/^Technician did “Tour backup” of \\d+ \\w+ \\d{4}/") },
    { content: "And what went wrong, and why", trigger: event("/^Technician said that “Tour dump” of \\d+ \\w+ \\d{4} failed – 0 bytes/") },
    { content: "Who looked again", trigger: event("/^Manager verified “Tour backup” of \\d+ \\w+ \\d{4}, done by Technician/"), run: "click" },
    { content: "In the same words", trigger: ".o_form_view .o_field_widget[name=summary]:contains(/^Manager verified “Tour backup” of .*, done by Technician$/)" },
    { content: "The bytes are out of the way", trigger: `.o_form_view:has(.o_notebook .nav-link.active:contains(Seal)):not(:has(${RAW}))` },
    { content: "What is sealed is one click away", trigger: ".o_notebook .nav-link:contains(Raw JSON)", run: "click" },
    {
        content: "To the byte",
        trigger: `${RAW}:contains("task_name":"Tour backup")`,
        run({ anchor }) {
            const { people, record } = JSON.parse(anchor.textContent);
            if (record.task_name !== "Tour backup" || record.state !== "verified" || people[record.verified_by_id] !== "itc_manager") {
                throw new Error(`Not what was sealed: ${anchor.textContent}`);
            }
        },
    },
];

tours.add("it_evidence_log_tour", {
    steps: () => [
        ...eventInWords(),
        { content: "On to the run", trigger: "button[name=action_open_record]", run: "click" },
        { content: "It is the run", trigger: ".o_form_view .o_field_widget[name=verified_by_id]:contains(Manager)" },
    ],
});

tours.add("it_evidence_of_run_tour", {
    steps: () => [
        { content: "From the run to what the log says of it", trigger: ".o_form_view button[name=action_open_events]", run: "click" },
        { content: "What was done", trigger: event("Technician did “Tour backup” of") },
        { content: "And nothing of another run", trigger: ".o_action_manager:not(:contains(Tour dump))" },
    ],
});
