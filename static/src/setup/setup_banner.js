import { Component, onMounted, onWillUnmount, useState } from "@odoo/owl";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";

const TITLES_SHOWN = 3;

/** A manager's note on Today while something of the set-up is open; it comes after the board and keeps nobody waiting. */
export class SetupBanner extends Component {
    static template = "it_continuity.SetupBanner";
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ open: [] });
        this.isThere = true;
        onMounted(() => this.load());
        onWillUnmount(() => {
            this.isThere = false;
        });
    }

    async load() {
        if (!(await user.hasGroup("it_continuity.it_continuity_group_manager"))) {
            return;
        }
        const { open } = await this.orm.silent.call("it.setup", "get_banner", []);
        if (this.isThere) {
            this.state.open = open;
        }
    }

    get titles() {
        const shown = this.state.open.slice(0, TITLES_SHOWN).join(", ");
        return this.state.open.length > TITLES_SHOWN ? `${shown}, …` : shown;
    }

    openSetup() {
        return this.action.doAction("it_continuity.it_setup_action");
    }

    async putAside() {
        this.state.open = [];
        await this.orm.silent.call("it.setup", "put_banner_aside", []);
    }
}
