import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { TextField, textField } from "@web/views/fields/text/text_field";
import { useTextMode } from "./inputs";

/** Settings or limits as lines, for who knows them and for what no agent has described; shown when the inputs are not. */
export class CheckLines extends Component {
    static template = "it_continuity.CheckLines";
    static components = { TextField };
    static props = { ...TextField.props, label: String, helpField: { type: String, optional: true } };

    setup() {
        this.mode = useTextMode();
    }

    get isText() {
        return this.mode.isText(this.props.record);
    }

    get textProps() {
        const { label, helpField, ...props } = this.props;
        return props;
    }

    get help() {
        return this.props.helpField && this.props.record.data[this.props.helpField];
    }
}

registry.category("fields").add("it_check_lines", {
    ...textField,
    component: CheckLines,
    supportedTypes: ["text"],
    extractProps: (field) => ({ ...textField.extractProps(field), label: field.string, helpField: field.options.help_field }),
});
