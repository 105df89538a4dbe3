from odoo import api, fields, models


class InvoiceTaxLicenseSerial(models.Model):
    """The product serial number of one company for one service group, from the
    confirmation mail of the product.

    Entry point: the page of serial numbers (``serial_wizard.py``), which asks for the
    right; nobody writes these rows by hand.
    """

    _name = "invoice.tax.license.serial"
    _description = "Product Serial Number"
    _rec_name = "serial"
    _order = "company_id, group_id"

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    group_id = fields.Many2one(
        "invoice.tax.service.group",
        string="Service Group",
        required=True,
        ondelete="cascade",
    )
    serial = fields.Char(required=True)
    valid_from = fields.Date(readonly=True, help="As the platform said last.")
    valid_to = fields.Date(readonly=True)
    read_at = fields.Datetime(readonly=True)

    _company_group_uniq = models.Constraint(
        "UNIQUE(company_id, group_id)",
        "A company has one product serial number per service group.",
    )

    @api.model
    def _apply(self, connection, rows):
        """Note the validity that the platform told.

        :param rows: ``gateway.entitlement.SerialData``
        """
        told = {(row.service_group, row.serial): row for row in rows}
        for serial in self.search([("company_id", "=", connection.company_id.id)]):
            row = told.get((serial.group_id.code, serial.serial))
            serial.write(
                {
                    "valid_from": row.valid_from if row else False,
                    "valid_to": row.valid_to if row else False,
                    "read_at": fields.Datetime.now(),
                }
            )
