-- What the prompt of a call got from its conversation (tier, turns, tokens, digest, recovery): a JSON object, or null where
-- the call belongs to none.
alter table audit_call add column context text check (length(context) <= 512);
