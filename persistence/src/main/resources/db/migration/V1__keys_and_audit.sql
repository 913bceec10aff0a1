-- The API keys. A secret is never stored, only its SHA-256: it has 256 random bits, so no salt and no slow hash is
-- needed, and one lookup by the unique index finds it.
create table api_key (
    id          varchar(32)  primary key,
    name        varchar(200) not null,
    secret_hash bytea        not null unique check (octet_length(secret_hash) = 32),
    hint        varchar(7)   not null,
    ceiling     varchar(2)   not null check (ceiling in ('P0', 'P1', 'P2', 'P3')),
    created_at  timestamptz  not null,
    revoked_at  timestamptz
);

create index api_key_created on api_key (created_at desc);

-- One row for each call: who, what, when, how it ended; never what was said.
-- The time leads the primary key, so that the table can be split by month without a change of keys. The unique call id
-- then becomes one within each month.
create table audit_call (
    id                 uuid         not null,
    received_at        timestamptz  not null,
    call_id            varchar(64)  not null,
    key_id             varchar(64)  not null,
    endpoint           varchar(128) not null,
    model              varchar(256),
    lane               varchar(2)   not null,
    queued_micros      bigint       not null,
    first_token_micros bigint,
    total_micros       bigint       not null,
    prompt_tokens      integer      not null,
    completion_tokens  integer      not null,
    cached_tokens      integer      not null,
    outcome            varchar(16)  not null,
    detail             varchar(512),
    prompt_hash        varchar(64),
    answer_hash        varchar(64),
    primary key (received_at, id),
    constraint audit_call_call_id unique (call_id)
);

create index audit_call_key on audit_call (key_id, received_at desc);
