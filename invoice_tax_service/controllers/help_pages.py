from odoo import http
from odoo.http import request

PAGES = {
    "flow": "invoice_tax_service.help_flow",
    "questions": "invoice_tax_service.help_questions",
    "manual": "invoice_tax_service.help_manual",
}


class HelpController(http.Controller):
    """流程指引, 常见问题 and 操作手册: pages for those who may see the tax service."""

    @http.route(
        "/invoice_tax_service/help/<string:page>",
        auth="user",
        type="http",
        methods=["GET"],
        readonly=True,
    )
    def show_help(self, page):
        """One of the three pages, in the user's language."""
        user = request.env.user
        if page not in PAGES or not user.has_group("invoice_tax_service.group_viewer"):
            raise request.not_found()
        return request.render(PAGES[page], {"page": page})
