-- Whole conversations that nobody needed for long, compressed and sealed: without the key there is nothing to read here.
-- Split by the UTC month in which a conversation began, so that a month that is over and expired goes in one piece. There is
-- no default partition: the months are made when something is put into them. Ids are in the order of their bytes, as in
-- every other store. The month belongs to the key, so that one id has one row is seen to when a row is put.
create table archived_conversation (
    tenant       varchar(64)  collate "C" not null,
    id           varchar(128) collate "C" not null,
    created_at   timestamptz  not null,
    last_used_at timestamptz  not null,
    turns        integer      not null check (turns >= 0),
    content      bytea        not null,
    primary key (tenant, id, created_at)
) partition by range (created_at);

-- it is compressed already
alter table archived_conversation alter column content set storage external;

create index archived_conversation_last_used on archived_conversation (last_used_at);

-- What compressing learnt; sealed too, since it holds pieces of what was said.
create table archive_dictionary (
    id         integer     primary key,
    created_at timestamptz not null,
    content    bytea       not null
);
