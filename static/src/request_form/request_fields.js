import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { PropertiesField, propertiesField } from "@web/views/fields/properties/properties_field";

/**
 * The fields that a kind of request asks, where they are defined. Odoo edits them on the records that hold the values; here there are none,
 * so each field shows its type instead.
 */
export class RequestFields extends PropertiesField {
    static template = "it_continuity.RequestFields";

    get typeLabels() {
        return {
            char: _t("Text"),
            text: _t("Text of several lines"),
            html: _t("Text with pictures"),
            boolean: _t("Yes or no"),
            integer: _t("Whole number"),
            float: _t("Number"),
            monetary: _t("Amount of money"),
            date: _t("Day"),
            datetime: _t("Day and time"),
            tags: _t("Tags"),
            many2one: _t("One record"),
            many2many: _t("Several records"),
        };
    }

    typeLabel({ type, selection }) {
        return type === "selection" ? (selection || []).map((option) => option[1]).join(" · ") : this.typeLabels[type];
    }

    /** Names come beside their numbers, as a list; the web client holds them as an object. */
    get propertiesList() {
        return super.propertiesList.map((field) =>
            field.type === "many2one" && Array.isArray(field.default)
                ? { ...field, default: { id: field.default[0], display_name: field.default[1] } }
                : field
        );
    }

    get definitionRecordId() {
        return true;
    }

    get definitionRecordModel() {
        return this.props.record.resModel;
    }

    async checkDefinitionWriteAccess() {
        return !this.props.readonly;
    }

    onPropertyDelete(name) {
        this.popover.close();
        this.dialogService.add(ConfirmationDialog, {
            title: _t("Take this field away?"),
            body: _t("What was answered to it is no longer shown on the tickets of this kind. What is sealed stays."),
            confirmLabel: _t("Take it away"),
            cancelLabel: _t("Keep it"),
            confirm: () => this.props.record.update({ [this.props.name]: this.propertiesList.filter((field) => field.name !== name) }),
            cancel: () => {},
        });
    }
}

registry.category("fields").add("it_request_fields", {
    ...propertiesField,
    component: RequestFields,
    additionalClasses: ["o_field_properties"],
    supportedTypes: ["properties_definition"],
    extractProps: (...args) => ({ ...propertiesField.extractProps(...args), columns: 1, editMode: true }),
});
