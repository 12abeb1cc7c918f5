import { _t } from "@web/core/l10n/translation";

const { DateTime } = luxon;

export const GROUPINGS = [
    { key: "checklist", label: _t("Checklist"), title: _t("By checklist, then by hour (g)"), icon: "fa-list-ul" },
    { key: "hour", label: _t("Hour"), title: _t("By hour, then by checklist (g)"), icon: "fa-clock-o" },
];
const EARLIER_DAY = -1;
const DAY_END = 24;
const LATER_DAY = 25;

/** Return the words over the runs of one `hour` of the board. */
export function hourName(hour) {
    if (hour === EARLIER_DAY) {
        return _t("Due before today");
    }
    if (hour === DAY_END) {
        return _t("End of the day");
    }
    // As the language writes times; of a zone in which every hour is there on every day.
    return hour === LATER_DAY ? _t("Due after today") : DateTime.fromObject({ hour }, { zone: "utc" }).toLocaleString(DateTime.TIME_SIMPLE);
}

/**
 * Return the board's sections: checklists with their hours as parts, or hours with their checklists as parts.
 *
 * @param {Object[]} checklists in their own order, each with `id`, `name` and `run_ids`
 * @param {Object[]} runs by due time
 * @param {"checklist"|"hour"} grouping
 * @param {(run: Object) => boolean} isShown what the filter lets through; the counts are of all runs
 * @returns {Object[]} `{id, name, total, closed, runs, parts: [{id, name, runs}]}`; none is empty
 */
export function grouped(checklists, runs, grouping, isShown) {
    const checklistOf = new Map(checklists.flatMap(({ id, run_ids }) => run_ids.map((runId) => [runId, id])));
    const byChecklist = (some) =>
        checklists.map(({ id, name }) => ({ id, name, runs: some.filter((run) => checklistOf.get(run.id) === id) }));
    const byHour = (some) =>
        [...new Set(some.map((run) => run.hour))].map((hour) => ({
            id: hour,
            name: hourName(hour),
            runs: some.filter((run) => run.hour === hour),
        }));
    const [outer, inner] = grouping === "hour" ? [byHour, byChecklist] : [byChecklist, byHour];
    return outer(runs)
        .map((group) => {
            const shown = group.runs.filter(isShown);
            return {
                id: group.id,
                name: group.name,
                total: group.runs.length,
                closed: group.runs.filter((run) => run.is_kept).length,
                runs: shown,
                parts: inner(shown).filter((part) => part.runs.length),
            };
        })
        .filter((group) => group.runs.length);
}
