import { patch } from "@web/core/utils/patch";
import { Composer } from "@mail/core/common/composer";

patch(Composer.prototype, {
    /** Odoo leaves a composer asleep when what it sends is refused: let who wrote it change it and send it again. */
    async processMessage(cb) {
        try {
            return await super.processMessage(cb);
        } catch (error) {
            this.state.active = true;
            throw error;
        }
    },
});
