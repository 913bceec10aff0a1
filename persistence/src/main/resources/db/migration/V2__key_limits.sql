-- How much each key may use. Null: what the settings say for every key; 0: no limit.
alter table api_key
    add column requests_per_minute integer check (requests_per_minute >= 0),
    add column tokens_per_minute   integer check (tokens_per_minute >= 0),
    add column concurrent_requests integer check (concurrent_requests >= 0),
    add column tokens_per_day      integer check (tokens_per_day >= 0);
