import { Component, onWillStart, useState } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/** A page of lines, each with a state, that the server finds anew whenever it is asked. */
export class StatePage extends Component {
    static components = { Layout };
    static props = { ...standardActionServiceProps };
    /** Model and method that return `{ company, lines: [{ key, state, … }] }`. */
    static source = [];
    /** state -> [icon, colour, words] */
    static states = {};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ company: "", lines: [] });
        onWillStart(() => this.load());
    }

    async load() {
        Object.assign(this.state, await this.orm.call(...this.constructor.source, []));
    }

    /** How many lines are in a state. */
    count(state) {
        return this.state.lines.filter((line) => line.state === state).length;
    }

    look(line) {
        const [icon, color, words] = this.constructor.states[line.state];
        return { icon, color, words };
    }
}
