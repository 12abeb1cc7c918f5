import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/** `/ticket my screen stays black` in any conversation: who has no ticket to log is not offered it. */
registry.category("discuss.channel_commands").add("ticket", {
    condition: ({ store }) => store.self_partner && !store.self.main_user_id.share,
    help: _t("Ask IT: what you type after it becomes a ticket"),
    methodName: "execute_command_ticket",
});
