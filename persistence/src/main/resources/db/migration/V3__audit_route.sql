-- Which regions took part in a call and when: a JSON array, or null where only the engine in this process could.
alter table audit_call add column route text check (length(route) <= 8192);
