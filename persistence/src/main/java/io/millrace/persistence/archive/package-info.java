/**
 * Whole conversations that nobody needed for long, in PostgreSQL or in a bucket. Their content comes packed and sealed from
 * above: no store can read it.
 */
package io.millrace.persistence.archive;
