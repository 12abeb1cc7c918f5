import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { DateTimeField, dateTimeField } from "@web/views/fields/datetime/datetime_field";
import { formatDate } from "@web/views/fields/formatters";

/** A moment until which something may be done: midnight is the end of the day before, as Today and whatever is printed say it. */
export class DueTimeField extends DateTimeField {
    /** @override */
    getFormattedValue(valueIndex, numeric = this.props.numeric) {
        const value = this.values[valueIndex];
        if (!value || value > value.startOf("day")) {
            return super.getFormattedValue(valueIndex, numeric);
        }
        return _t("%s, end of the day", formatDate(value.minus({ days: 1 }), { numeric }));
    }
}

registry.category("fields").add("it_due_time", { ...dateTimeField, component: DueTimeField });
