import { registry } from "@web/core/registry";
import { X2ManyField, x2ManyField } from "@web/views/fields/x2many/x2many_field";

/**
 * A list of records that are documents of their own: one opens in its own form, with its buttons, and is edited as its own rights say.
 * In a dialog over this record it would be read-only for whoever may not write this record.
 */
export class OpenFormField extends X2ManyField {
    /** @override A record that was not saved yet has no form of its own. */
    async openRecord(record) {
        return record.isNew ? super.openRecord(record) : this.switchToForm(record, {});
    }
}

registry.category("fields").add("it_open_form", { ...x2ManyField, component: OpenFormField });
