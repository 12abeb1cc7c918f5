import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { inWords, numberFault, readNumber, useTextMode, useTyping } from "./inputs";

const BOUNDS = [
    ["warning", _t("Warning")],
    ["critical", _t("Critical")],
    ["recover_warning", _t("Warning is over")],
    ["recover_critical", _t("Critical is over")],
];

/** The limits of a check, a box each: what is measured, below or above, at which value it is a warning, critical and well again. */
export class CheckLimits extends Component {
    static template = "it_continuity.CheckLimits";
    static props = { ...standardFieldProps };

    setup() {
        this.mode = useTextMode();
        this.typing = useTyping(this.props.record);
    }

    get limits() {
        return this.props.record.data[this.props.name] || [];
    }

    get published() {
        return this.props.record.data.published;
    }

    get isText() {
        return this.mode.isText(this.props.record);
    }

    get lines() {
        return (this.props.record.data.limits_text || "").split("\n").filter(Boolean);
    }

    get suggested() {
        return (this.props.record.data.limits_example && this.published.limits.length && this.props.record.data.limits_example.split("\n")) || [];
    }

    get rows() {
        return this.limits.map((limit, place) => {
            const metric = this.published.metrics.find((one) => one.name === limit.metric);
            return {
                ...limit,
                place,
                id: `${this.props.id || "itc"}_limit_${place}`,
                title: _t("Limit %s", place + 1),
                unit: metric?.unit || "",
                help: metric?.help || _t("The host's agent does not measure this."),
                isUnknown: !metric,
                bounds: BOUNDS.map(([name, label]) => ({
                    name,
                    label,
                    value: limit[name] ?? "",
                    fault: numberFault(limit[name] ?? undefined, false),
                    words: inWords(limit[name], metric?.unit),
                })),
            };
        });
    }

    // -- changing -----------------------------------------------------------------------------------------------------

    async keep(limits) {
        await this.props.record.update({ [this.props.name]: limits });
    }

    change(place, change) {
        return this.keep(this.limits.map((limit, number) => (number === place ? this.clean({ ...limit, ...change }) : { ...limit })));
    }

    /** A limit without recovery levels does not name them: it is the same limit as one that never had any. */
    clean(limit) {
        const { recover_warning, recover_critical, ...rest } = limit;
        return (recover_warning ?? recover_critical ?? null) === null
            ? rest
            : { ...rest, recover_warning: recover_warning ?? null, recover_critical: recover_critical ?? null };
    }

    readBound(text) {
        return text.trim() ? readNumber(text) : null;
    }

    onInput(row, name, ev) {
        const { value } = ev.target;
        const read = name === "item" ? value.trim() || "*" : this.readBound(value);
        this.typing.note(`${row.place} ${name}`, value, () => this.change(row.place, { [name]: read }));
    }

    onChange(row, name, ev) {
        const { value } = ev.target;
        const read = name === "item" ? value.trim() || "*" : BOUNDS.some(([bound]) => bound === name) ? this.readBound(value) : value;
        return this.typing.done(() => this.change(row.place, { [name]: read }));
    }

    add() {
        return this.typing.keep(() => this.keep([...this.limits, this.proposed]));
    }

    get proposed() {
        const { metrics, limits } = this.published;
        const used = new Set(this.limits.map((limit) => limit.metric));
        const blank = { metric: metrics[0]?.name || "", item: "*", op: ">", warning: null, critical: null };
        return { ...blank, ...limits.find((limit) => !used.has(limit.metric)) };
    }

    remove(place) {
        return this.typing.keep(() => this.keep(this.limits.filter((_limit, number) => number !== place)));
    }
}

registry.category("fields").add("it_check_limits", {
    component: CheckLimits,
    supportedTypes: ["json"],
});
