-- Of what a poll saw: the digest of the webhook that told the same later.
ALTER TABLE deliveries ADD COLUMN webhook_digest text;
