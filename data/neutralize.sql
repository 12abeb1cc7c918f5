-- A copy must neither believe an agent of the original nor be believed by one.
UPDATE it_agent
   SET state = 'revoked', key_id = NULL, secret_sha256 = NULL, code_sha256 = NULL, code_expires_at = NULL
 WHERE is_server IS NOT TRUE;

-- A copy must not take pings for the original's: its heartbeats have no address until somebody makes one.
UPDATE it_heartbeat SET token_sha256 = NULL;
UPDATE res_company SET itc_ping_key_sha256 = NULL;

-- Without this id every report is refused as meant for another database, and no agent accepts an answer.
DELETE FROM ir_config_parameter WHERE key = 'it_continuity.db_id';

-- Nor may a copy tell anybody anything: without addresses, and with nothing that waits.
UPDATE it_notification_channel SET url = NULL, token = NULL, topic = NULL, chat = NULL, email_to = NULL, discuss_channel_id = NULL;
UPDATE it_notification SET state = 'given_up', due_at = NULL, reason = 'This database was made a copy' WHERE state IN ('waiting', 'sending', 'dead');
