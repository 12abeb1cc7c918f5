from . import notification_channel
from . import notification
from . import sender
from . import mail_mail
