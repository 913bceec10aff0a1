/** What long contexts cost, and what it saves to keep what was computed of them. */
package io.millrace.tests.bench.context;
