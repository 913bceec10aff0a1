/**
 * The audit: one record for each call, on disk before the call's last byte leaves.
 *
 * <p>{@link io.millrace.ejb.audit.Trail} is the door. {@code GroupWriter} decides: it collects what waits, writes it as
 * one group, tries again what may pass later, and tells each record's owner once how it ended. {@code AuditStore} is
 * the group's way into the database. No record holds what was said.
 */
package io.millrace.ejb.audit;
