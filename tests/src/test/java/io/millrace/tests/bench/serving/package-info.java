/** What serving is worth: load on a real server over HTTP, one class a row. {@code ./millrace bench serving} runs it. */
package io.millrace.tests.bench.serving;
