/**
 * Answers whose clients can come back for the rest: which they are, and how long they stay. What was told stays in the
 * {@link io.millrace.ejb.flow.Flow} itself; here is who may read it. Nothing of it ever goes to a disk.
 */
package io.millrace.ejb.resume;
