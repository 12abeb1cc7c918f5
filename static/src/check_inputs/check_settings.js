import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { inWords, numberFault, readNumber, useTextMode, useTyping } from "./inputs";

const MODES = { int: "numeric", float: "decimal" };

/**
 * The settings of a check as inputs, made of what the agent published (field `published`); a setting that it does not know keeps its place.
 *
 * What is empty is not stored: the agent takes its default. What does not fit is kept as it was typed, and refused by the server by its name.
 */
export class CheckSettings extends Component {
    static template = "it_continuity.CheckSettings";
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.mode = useTextMode();
        this.typing = useTyping(this.props.record);
    }

    get settings() {
        return this.props.record.data[this.props.name] || {};
    }

    get published() {
        return this.props.record.data.published;
    }

    get isText() {
        return this.mode.isText(this.props.record);
    }

    get rows() {
        const declared = this.published.settings;
        const known = new Set(declared.map((one) => one.name));
        const unknown = Object.keys(this.settings).filter((name) => !known.has(name));
        return [...declared.map((one) => this.row(one)), ...unknown.map((name) => this.row({ name, help: "", unit: "", isUnknown: true }))];
    }

    row(declared) {
        const value = this.settings[declared.name];
        const isNumber = declared.type in MODES;
        return {
            ...declared,
            id: `${this.props.id || "itc"}_${declared.name}`,
            value,
            isSet: value !== undefined && value !== null,
            lines: this.linesOf(value),
            inputmode: MODES[declared.type] || "text",
            fault: isNumber ? numberFault(value, declared.type === "int") : "",
            words: isNumber ? inWords(value ?? declared.default, declared.unit) : "",
        };
    }

    linesOf(value) {
        return Array.isArray(value) ? value : value === undefined || value === null || value === "" ? [] : [String(value)];
    }

    inWords(value) {
        if (typeof value === "boolean") {
            return value ? _t("yes") : _t("no");
        }
        return Array.isArray(value) ? value.join(", ") : String(value ?? "");
    }

    placeholder(row) {
        if (row.value === "") {
            return _t("empty");
        }
        const words = this.inWords(row.default);
        return words ? _t("default: %s", words) : row.required ? "" : _t("not set");
    }

    defaultChoice(row) {
        return row.default === null || row.default === undefined ? "–" : _t("Default (%s)", this.inWords(row.default));
    }

    lineLabel(row, place) {
        return _t("%(name)s, line %(place)s", { name: row.name, place: place + 1 });
    }

    removeLabel(row, place) {
        return _t("Remove line %(place)s of %(name)s", { name: row.name, place: place + 1 });
    }

    // -- changing -----------------------------------------------------------------------------------------------------

    /** @param {any} value undefined: not set, so that the agent's default counts */
    async set(name, value) {
        const settings = { ...this.settings };
        if (value === undefined) {
            delete settings[name];
        } else {
            settings[name] = value;
        }
        await this.props.record.update({ [this.props.name]: settings });
    }

    read(row, text) {
        const typed = text.trim();
        if (!typed) {
            return undefined;
        }
        if (row.type === "bool") {
            return typed === "true";
        }
        return row.type in MODES ? readNumber(typed) : typed;
    }

    setLine(name, place, text) {
        const lines = [...this.linesOf(this.settings[name])];
        lines[place] = text.trim();
        const kept = lines.filter(Boolean);
        return this.set(name, kept.length ? kept : undefined);
    }

    onInput(row, ev) {
        const { value } = ev.target;
        this.typing.note(row.name, value, () => this.set(row.name, this.read(row, value)));
    }

    onChange(row, ev) {
        const { value } = ev.target;
        return this.typing.done(() => this.set(row.name, this.read(row, value)));
    }

    onLineInput(row, place, ev) {
        const { value } = ev.target;
        this.typing.note(`${row.name} ${place}`, value, () => this.setLine(row.name, place, value));
    }

    onLineChange(row, place, ev) {
        const { value } = ev.target;
        return this.typing.done(() => this.setLine(row.name, place, value));
    }

    removeLine(row, place) {
        return this.typing.keep(() => this.setLine(row.name, place, ""));
    }

    forget(row) {
        return this.typing.keep(() => this.set(row.name, undefined));
    }

    // -- the text form ------------------------------------------------------------------------------------------------

    /** Change between inputs and lines; lines that cannot be read stay, and the server says which one it is. */
    async toggle() {
        const { record } = this.props;
        if (!this.isText) {
            await record.isDirty(); // what is being typed is in the lines too
            return this.mode.showText(record);
        }
        await record.isDirty();
        const before = this.mode.linesBefore(record);
        const { kind, agent_id, settings_text, limits_text } = record.data;
        if (settings_text !== before.settings_text || limits_text !== before.limits_text) {
            const read = await this.orm.call(record.resModel, "read_lines", [kind, agent_id?.id || false, settings_text || "", limits_text || ""]);
            await record.update(read);
        }
        this.mode.showInputs(record);
    }
}

registry.category("fields").add("it_check_settings", {
    component: CheckSettings,
    supportedTypes: ["json"],
});
