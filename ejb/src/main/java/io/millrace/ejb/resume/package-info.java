/**
 * Answers whose clients can come back for the rest: which they are, and how long they stay. What was told stays in the
 * {@link io.millrace.ejb.flow.Flow} itself; here is who may read it, on this
 * node or, by what {@link io.millrace.ejb.resume.Journal} tells, on others. Nothing of it ever goes to a disk.
 */
package io.millrace.ejb.resume;
