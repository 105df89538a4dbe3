-- A copied database talks to nobody: no secret of the entitlement platform.
UPDATE invoice_tax_connection
   SET entitlement_secret = NULL;
