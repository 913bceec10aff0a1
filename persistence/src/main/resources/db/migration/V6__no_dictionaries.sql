-- A dictionary holds pieces of conversations and outlives their deletion, so none was ever written.
drop table archive_dictionary;
