/** What was called: one row for each call, without a word of what was said. */
package io.millrace.persistence.audit;
