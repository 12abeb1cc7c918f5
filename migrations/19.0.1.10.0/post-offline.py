def migrate(cr, version):
    """Let more be asked of every set without internet, as the handbook says, where nobody ever chose otherwise.

    Who took the tick away has false there, and keeps it; who never touched the setting has nothing: it was not set before, and saving the settings
    writes only what was changed.
    """
    cr.execute("UPDATE res_company SET itc_offline_all = true WHERE itc_offline_all IS NULL")
