"""What the walk finds and does not count: the one list, each with its reason.

``step`` and ``text`` are regular expressions; an empty one fits everything. An exception that fits nothing any more fails
a test of its own, unless it is of the empty world, which has walks of its own.
"""
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Allowed:
    reason: str
    kind: str
    screen: str = ''
    step: str = ''
    text: str = ''
    world: str = ''

    def fits(self, finding):
        return (
            self.kind == finding.kind
            and self.world in ('', finding.world)
            and re.search(self.screen, finding.screen) is not None
            and re.search(self.step, finding.step) is not None
            and re.search(self.text, finding.text) is not None
        )


EXCEPTIONS = (
    Allowed(
        "Odoo offers Archive to whoever may read, and Delete whatever else needs the record; the server refuses in words.",
        'refusal', step='press ⚙ (Archive|Unarchive|Delete)'),
    Allowed("An entry of the cog stands over every selection; where none of it waits for the reader, it says so.", 'refusal', 'it-runs', 'press ⚙ (Verify|Send back)'),
    Allowed(
        "The same, as the dialog that says it.", 'error', 'it-runs', 'press ⚙ (Verify|Send back)',
        'None of these runs (waits for you|is yours to send back)'),
    Allowed("Duplicate stands over every selection; what this Odoo finds of itself is refused in words.", 'refusal', 'it-checks', 'press ⚙ Duplicate'),
    Allowed("The same, as the dialog that says it.", 'error', 'it-checks', 'press ⚙ Duplicate', 'Checks of this Odoo itself'),
    Allowed("None of the fields is needed by itself, and one of them is; the walk fills in what is needed.", 'refusal', 'it-tasks', 'Assign Tasks'),
    Allowed("The same, as the dialog that says it.", 'error', 'it-tasks', 'Assign Tasks', 'at least one thing to change'),
    Allowed("Odoo draws nothing for cards that are grouped by a record where there is none.", 'empty', step='open kanban', world='empty'),
    Allowed("The same, as the dialog that says it.", 'error', step='press ⚙ (Archive|Unarchive|Delete)', text='^(Access Error|Invalid Operation|Validation Error)'),
)

# Faults of the framework's own markup: (axe's rule, or all of them when empty; the node it stands in; why it is not ours).
ODOOS_OWN = (
    ('', '.o-mail-Chatter', "the chatter is the mail app's"),
    ('', '.o_cp_searchview', "the search bar is the web client's"),
    ('', '.o_breadcrumb', "the breadcrumb is the web client's"),
    ('', '.o_cp_switch_buttons', "the buttons that switch views are the web client's"),
    ('', '.o_pager', "the pager is the web client's"),
    ('', '.o_notebook_headers', "tabs are drawn by the notebook: role tab without a tablist"),
    ('', '.o_list_record_selector', "the boxes that select rows have no label of their own"),
    ('', '.o_optional_columns_dropdown', "the list's own button"),
    ('', '.o_statusbar_status', "the status bar is a widget of the web client"),
    ('', '.o_field_color_picker', "the colour picker's markup"),
    ('', '.o_field_kanban_activity, .o_field_list_activity, .o_activity_view', "activities are the mail app's"),
    ('', '.o_calendar_container', "the calendar and its filters are the web client's"),
    ('', '.o-mail-ChatWindow, .o-mail-ChatHub', "what somebody writes to the reader in a corner is the mail app's"),
    ('', '.o_progressbar', "the progress bar's markup"),
    ('', '.o_field_hr_presence_status, .o_field_hr_org_chart', "who is there and who reports to whom is drawn by the app of employees"),
    ('label', '.o_selected_row', "fields that are edited in a row of a list have no label of their own"),
    ('', '.o_pivot, .o_graph_renderer', "pivot and graph are drawn by the web client"),
    ('', '.note-editable, .odoo-editor-editable', "the rich text editor is the web client's"),
    ('role-img-alt', '.o_field_many2many_binary', "the picture beside a file's name carries no alternative text"),
    ('image-alt', '.o_avatar', "avatars carry no alternative text"),
    ('target-size', '.o_priority', "the stars of the priority widget are 18 pixels wide"),
    ('aria-allowed-attr', '.o_tag', "tags carry aria-selected"),
    ('aria-allowed-attr', '.o_select_menu, .o-autocomplete', "the markup of fields that choose"),
    ('button-name', '.o-form-buttonbox', "on a phone the button that shows more of them has no words"),
    ('button-name', '.o_field_CopyClipboardChar, .o_field_CopyClipboardURL', "the button that copies is an icon without words"),
    ('', '.o_search_panel, .o_search_panel_sidebar', "the panel beside a list is the web client's"),
    ('button-name', '.o_kanban_quick_create', "the buttons of a board's quick create are icons without words"),
    ('button-name', '.o_control_panel_navigation', "the phone's search button has no words"),
    ('color-contrast', 'label.o_form_label', "the labels of a form on a phone are 3.2:1 everywhere in Odoo"),
    ('target-size', '.o_cp_action_menus', "the cog is 18 pixels wide"),
    ('autocomplete-valid', '.o_select_menu', "the selection field's markup"),
    ('aria-required-children', '.o_field_x2many, .o_kanban_renderer, .o_list_renderer', "lists and cards are drawn by the web client"),
    ('scrollable-region-focusable', '.o_content, .o_list_renderer, .modal-body', "the scrolling panes are the web client's"),
)
