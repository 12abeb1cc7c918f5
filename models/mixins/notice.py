"""What a button answers when all that is left to do is to say so: Odoo's notice in the corner."""

CLOSE = {'type': 'ir.actions.act_window_close'}


def notice(message, kind='success', then=CLOSE, **more):
    """Return the action that shows a message and goes on.

    :param kind: ``success``, ``info``, ``warning`` or ``danger``
    :param then: the action that follows; usually the window closes
    :param more: what else the notice takes, such as ``title`` and ``links``
    """
    return {'type': 'ir.actions.client', 'tag': 'display_notification', 'params': {'type': kind, 'message': message, 'next': dict(then), **more}}
