import { patch } from "@web/core/utils/patch";
import { View } from "@web/views/view";

/** Mark the views of our models, so that the style sheet can make their words readable and leave every other app as it is. */
patch(View.prototype, {
    async loadView(props) {
        const isOurs = props.resModel?.startsWith("it.");
        return super.loadView(isOurs ? { ...props, className: `${props.className || ""} o_itc` } : props);
    },
});
