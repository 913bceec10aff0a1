/**
 * The record: rows, repositories and the schema they live in. The only module that knows SQL.
 *
 * <p>A repository is a plain class around an {@code EntityManager} whose transaction somebody else holds; {@link
 * io.millrace.persistence.Transactions} is that somebody. A feature has a package with its row and its repository;
 * migrations lie in {@code db/migration}. No row ever holds what a user or a model said where it could be read: the archive's
 * content is sealed before it comes here.
 */
package io.millrace.persistence;
