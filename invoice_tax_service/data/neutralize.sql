-- A copied database talks to nobody: no address, no secret, no session.
UPDATE invoice_tax_connection
   SET environment = 'simulated',
       address = NULL,
       encryption_key = NULL;
UPDATE invoice_tax_lane
   SET certificate_password = NULL,
       platform_password = NULL,
       pending_password = NULL,
       pending_kind = NULL,
       session_token = NULL,
       is_stopped = TRUE;
UPDATE invoice_tax_password_wizard
   SET put_aside = NULL;
