from odoo import models


class HrEmployeePublic(models.Model):
    """What was made or changed of an employee leads back to the requests also for technicians, who see the public part alone."""
    _inherit = 'hr.employee.public'
    _it_kept_as = 'hr.employee'
