import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component } from "@odoo/owl";

/**
 * A button that opens a remote access program by its own link.
 *
 * Odoo's `url` widget puts "http://" before schemes it does not know, which breaks rustdesk:// links.
 * Option `scheme` is one of rustdesk, anydesk, ssh, rdp; `title` is the text on the button.
 */
export class RemoteLinkField extends Component {
    static template = "it_continuity.RemoteLinkField";
    static props = { ...standardFieldProps, scheme: String, title: String };

    get value() {
        return this.props.record.data[this.props.name] || "";
    }

    get href() {
        const value = encodeURIComponent(this.value.replace(/\s/g, ""));
        switch (this.props.scheme) {
            case "rustdesk":
                return `rustdesk://${value}`;
            case "anydesk":
                return `anydesk:${value}`;
            case "ssh":
                return `ssh://${value}`;
            default:
                return `/it_continuity/asset/${this.props.record.resId}/remote.rdp`;
        }
    }
}

registry.category("fields").add("itc_remote_link", {
    component: RemoteLinkField,
    supportedTypes: ["char"],
    extractProps: ({ options }) => ({ scheme: options.scheme, title: options.title }),
});
