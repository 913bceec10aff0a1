/**
 * KV state on disk: what was computed for a prompt outlives its KV cells and the process. A cache, no record: a file that is
 * lost costs a reader some time and nothing else.
 */
package io.millrace.ejb.kv;
