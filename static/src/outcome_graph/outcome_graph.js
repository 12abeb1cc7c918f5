import { cookie } from "@web/core/browser/cookie";
import { registry } from "@web/core/registry";
import { formatInteger } from "@web/views/fields/formatters";
import { GraphModel, SEP } from "@web/views/graph/graph_model";
import { GraphRenderer } from "@web/views/graph/graph_renderer";
import { graphView } from "@web/views/graph/graph_view";

const IS_DARK = cookie.get("color_scheme") === "dark";

// The heat-map's colours, in the order in which the outcomes are stacked, and those of tickets and backups. Open is light, so it has an edge.
const COLORS = {
    on_time: "#28a745",
    good: "#28a745",
    late: "#ffac00",
    late_entry: "#e8590c",
    missed: "#dc3545",
    bad: "#dc3545",
    unknown: "#868e96",
    failed: "#7d1823",
    waived: "#7048a8",
    not_applicable: "#868e96",
    extra: "#4dabf7",
    confirmed: "#28a745",
    colleague: "#0b7285",
    silent: "#ffac00",
    waiting: "#4dabf7",
    cancelled: "#868e96",
    double: "#7048a8",
    open: IS_DARK ? "#3c3e4b" : "#e9ecef",
};
const EDGE = "#868e96";
const OUTCOMES = Object.keys(COLORS);
// What says how it ended: of a run its bucket, of a ticket or a backup's day its outcome.
const FIELDS = ["bucket", "outcome"];

/** Return the outcome that a point or dataset stands for, from its raw groups as JSON; undefined when it stands for none, or for several. */
function outcomeOf(identifier) {
    const group = JSON.parse(identifier).find((one) => FIELDS.some((name) => name in one));
    return group?.bucket || group?.outcome || undefined;
}

class OutcomeGraphModel extends GraphModel {
    /** @override Let the outcomes follow one another as people read them, whatever the words' alphabet. */
    _getData(...args) {
        const data = super._getData(...args);
        const rank = ({ identifiers }) => OUTCOMES.indexOf(outcomeOf([...identifiers][0]));
        data.datasets.sort((one, other) => rank(one) - rank(other));
        return data;
    }
}

class OutcomeGraphRenderer extends GraphRenderer {
    getBarChartData() {
        return this.paint(super.getBarChartData());
    }

    getLineChartData() {
        return this.paint(super.getLineChartData());
    }

    /** @override A slice has one outcome, so its colours go by the point. */
    getPieChartData() {
        const data = super.getPieChartData();
        const outcomes = this.outcomesByLabel();
        for (const dataset of data.datasets) {
            const colors = dataset.backgroundColor.map((color, index) => COLORS[outcomes[data.labels[index]]] || color);
            Object.assign(dataset, { backgroundColor: colors, hoverBackgroundColor: colors });
        }
        return data;
    }

    /** @override They are counted in whole numbers, so their axis has no decimals. */
    formatValue(value, allIntegers, formatType) {
        const isWhole = Number.isInteger(value) && this.model.metaData.measures[this.model.metaData.measure].type === "integer";
        return isWhole && !formatType ? formatInteger(value) : super.formatValue(value, allIntegers, formatType);
    }

    /** Give each dataset that stands for one outcome its colour; a graph by the outcome alone has one dataset with a colour a bar. */
    paint(data) {
        const { mode, groupBy } = this.model.metaData;
        if (FIELDS.includes(groupBy[0]?.fieldName) && groupBy.length === 1) {
            const outcomes = this.outcomesByLabel();
            for (const dataset of mode === "bar" ? data.datasets.filter((one) => one.identifiers) : []) {
                dataset.backgroundColor = data.labels.map((label) => COLORS[outcomes[label]]);
                dataset.borderColor = EDGE;
            }
            return data;
        }
        for (const dataset of data.datasets) {
            const outcomes = new Set([...(dataset.identifiers || [])].map(outcomeOf));
            const [outcome] = outcomes;
            if (outcomes.size === 1 && outcome in COLORS) {
                const color = COLORS[outcome];
                Object.assign(dataset, {
                    backgroundColor: color,
                    borderColor: mode === "line" ? (outcome === "open" ? EDGE : color) : outcome === "open" ? EDGE : undefined,
                    hoverBackgroundColor: color,
                    pointBackgroundColor: color,
                });
            }
        }
        return data;
    }

    outcomesByLabel() {
        return Object.fromEntries(this.model.dataPoints.map((point) => [point.labels.join(SEP), outcomeOf(point.identifier)]));
    }
}

/** A graph in which the outcome of runs, tickets and backups has the colours that it has everywhere: it can be told at a glance what is bad. */
export const outcomeGraphView = { ...graphView, Model: OutcomeGraphModel, Renderer: OutcomeGraphRenderer };

registry.category("views").add("it_outcome_graph", outcomeGraphView);
