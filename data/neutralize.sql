-- A copy must neither believe an agent of the original nor be believed by one.
UPDATE it_agent
   SET state = 'revoked', key_id = NULL, secret_sha256 = NULL, code_sha256 = NULL, code_expires_at = NULL;

-- Without this id every report is refused as meant for another database, and no agent accepts an answer.
DELETE FROM ir_config_parameter WHERE key = 'it_continuity.db_id';
