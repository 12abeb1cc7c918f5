import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useBus } from "@web/core/utils/hooks";
import { PropertiesField, propertiesField } from "@web/views/fields/properties/properties_field";
import { PropertyValue } from "@web/views/fields/properties/property_value";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";

/** One answer. What is named is chosen among what is there: a ticket is no place to make contacts or items. */
export class RequestValue extends PropertyValue {
    static template = "it_continuity.RequestValue";

    setup() {
        super.setup();
        this.typed = undefined;
        useBus(this.props.record.model.bus, "NEED_LOCAL_CHANGES", () => this.typed !== undefined && this.onValueChange(this.typed));
    }

    /** Where records are looked for: of colleagues everybody may look into the public part alone, whose numbers are the same. */
    get relation() {
        return this.props.comodel === "hr.employee" ? "hr.employee.public" : this.props.comodel;
    }

    /** Remember what is being typed: whatever draws the form anew meanwhile puts back what was there, and it may be saved by a key. */
    onTyped({ target }) {
        this.typed = target.value;
    }

    onValueChange(newValue) {
        this.typed = undefined;
        return super.onValueChange(newValue);
    }
}

/** The form that a ticket's category asks to be filled in. Once nobody may change it, only what was answered is shown. */
export class RequestValues extends PropertiesField {
    static template = "it_continuity.RequestValues";
    static components = { ...PropertiesField.components, PropertyValue: RequestValue };

    setup() {
        super.setup();
        this.domIds = {};
        this.onTheWay = {}; // answers that the server has not taken yet, by name
    }

    /**
     * The same id each time: Odoo gives a new one with each drawing and with it a new field, so that an answer of the server that comes late
     * takes away what is being typed, with the list or the window of what was found.
     */
    domIdOf({ name }) {
        this.domIds[name] ||= this.generateUniqueDomID();
        return this.domIds[name];
    }

    get propertiesList() {
        const fields = super.propertiesList.map((field) => (field.name in this.onTheWay ? { ...field, value: this.onTheWay[field.name] } : field));
        return this.props.readonly ? fields.filter(({ type, value }) => type === "separator" || this.isAnswered(value)) : fields;
    }

    /** All answers are sent with each, so none may be forgotten while the server still thinks about it. */
    async onPropertyValueChange(name, value) {
        this.onTheWay[name] = value;
        try {
            await this.props.record.update({ [this.props.name]: this.propertiesList });
        } finally {
            if (this.onTheWay[name] === value) {
                delete this.onTheWay[name];
            }
        }
    }

    get isUnanswered() {
        const fields = this.propertiesList.filter(({ type }) => type !== "separator");
        return !this.props.readonly && fields.length > 0 && !fields.some(({ value }) => this.isAnswered(value));
    }

    isAnswered(value) {
        return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null && value !== false && value !== "";
    }

    /** Its fields are the category's, which has a form of its own where managers change them. */
    async checkDefinitionWriteAccess() {
        return false;
    }
}

registry.category("fields").add("it_request_values", { ...propertiesField, component: RequestValues, additionalClasses: ["o_field_properties"] });

/** A ticket. */
export class TicketFormController extends FormController {
    getStaticActionMenuItems() {
        const items = super.getStaticActionMenuItems();
        delete items.addPropertyFieldValue; // the fields are the category's, and changed on its form
        return items;
    }
}

/** Says why a ticket is not shown: Odoo goes on to the list, and takes the dialog that would say so with it. */
export class TicketModel extends formView.Model {
    async load(params) {
        try {
            return await super.load(params);
        } catch (error) {
            if (error.exceptionName === "odoo.exceptions.AccessError") {
                this.notification.add(_t("You may not see this ticket. It is shown to who asked for it, whom it is for, and who works on it."), {
                    type: "warning",
                    sticky: true,
                });
            }
            throw error;
        }
    }
}

registry.category("views").add("it_ticket_form", { ...formView, Controller: TicketFormController, Model: TicketModel });
