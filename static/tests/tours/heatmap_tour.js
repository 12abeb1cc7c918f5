import { registry } from "@web/core/registry";

const cell = (name) => `.o_itc_heatmap tr:contains(Heat ${name}) .o_itc_cell`;

registry.category("web_tour.tours").add("it_heatmap_tour", {
    steps: () => [
        { content: "Go to the month before", trigger: ".o_itc_previous", run: "click" },
        { content: "It has none of our runs", trigger: ".o_itc_heatmap:not(:contains(Heat one))" },
        { content: "Come back", trigger: ".o_itc_next", run: "click" },
        { content: "Stand on the first run", trigger: cell("one"), run: (helpers) => helpers.anchor.focus() },
        { content: "Walk down", trigger: `${cell("one")}:focus`, run: "press ArrowDown" },
        { content: "Open the second", trigger: `${cell("two")}:focus[aria-label*="Started by hand"]`, run: "click" },
        { content: "It is its run", trigger: ".o_form_view:contains(Heat two)" },
    ],
});
