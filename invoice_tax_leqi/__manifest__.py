{
    "name": "China Tax Service: Leqi Issuing",
    "summary": "Quota, numbers and issuing of digital invoices through Leqi",
    "version": "19.0.1.0.0",
    "category": "Accounting/Localizations",
    "author": "China Tax Services for Odoo",
    "license": "LGPL-3",
    "depends": ["account", "invoice_tax_service"],
    "data": [
        "security/leqi_groups.xml",
        "security/ir.model.access.csv",
        "security/leqi_rules.xml",
        "data/mail_activity_type_data.xml",
        "data/ir_cron_data.xml",
        "wizards/leqi_wizard_views.xml",
        "views/invoice_tax_quota_views.xml",
        "views/invoice_tax_number_views.xml",
        "views/invoice_tax_taxpayer_views.xml",
        "views/res_config_settings_views.xml",
        "views/leqi_menus.xml",
    ],
    "assets": {
        "web.assets_tests": [
            "invoice_tax_leqi/static/tests/tours/**/*",
        ],
    },
}
