from odoo import api, models

_MARK = "__tax_right__"


class IrUiView(models.Model):
    """Leaves out the buttons for which the user has no right (隐藏无权按钮).

    The cached view, which is the same for all, marks a button with its items; what the
    user may is decided when the view is handed out, as Odoo does with groups. It is
    comfort, not security: the methods ask themselves.
    """

    _inherit = "ir.ui.view"

    def _postprocess_attributes(self, node, name_manager, node_info):
        # EXTENDS 'base'
        result = super()._postprocess_attributes(node, name_manager, node_info)
        if node.tag in ("button", "a") and node.get("name"):
            items = self._get_button_items(node, name_manager.model)
            if items:
                node.set(_MARK, ",".join(items))
        return result

    @api.model
    def _get_button_items(self, node, model):
        """The right items of a button, of which one suffices."""
        rights = self.env["invoice.tax.right"]
        name, kind = node.get("name"), node.get("type")
        if kind == "object":
            return rights._get_method_items().get(f"{model._name}/{name}", ())
        if kind == "action":
            item = name.isdigit() and rights._get_action_items().get(int(name))
            return (item,) if item else ()
        return ()

    def _postprocess_access_rights(self, tree):
        # EXTENDS 'base'
        tree = super()._postprocess_access_rights(tree)
        rights = self.env["invoice.tax.right"]
        hidden = {}
        for node in tree.xpath(f"//*[@{_MARK}]"):
            items = node.attrib.pop(_MARK)
            if items not in hidden:
                hidden[items] = rights._is_hidden(items.split(","))
            if hidden[items]:
                node.getparent().remove(node)
        return tree


class IrActionsActions(models.Model):
    """The gear menu offers what the user has a right to (隐藏无权按钮)."""

    _inherit = "ir.actions.actions"

    @api.model
    def get_bindings(self, model_name):
        # EXTENDS 'base'
        bindings = super().get_bindings(model_name)
        rights = self.env["invoice.tax.right"]
        items = rights._get_action_items()
        offered = {
            kind: [
                action
                for action in actions
                if action["id"] not in items
                or not rights._is_hidden([items[action["id"]]])
            ]
            for kind, actions in bindings.items()
        }
        return {kind: actions for kind, actions in offered.items() if actions}
