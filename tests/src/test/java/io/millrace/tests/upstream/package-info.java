/**
 * An upstream that fails on command: a process of its own that talks like llama.cpp's server, knows by heart what it would
 * have said and therefore whether a broken answer is continued exactly.
 *
 * <p>{@link io.millrace.tests.upstream.UpstreamServer} is the process, {@link io.millrace.tests.upstream.UpstreamProcess}
 * its handle in a test or benchmark. A {@link io.millrace.tests.upstream.Connection} reads requests and writes answers, an
 * {@link io.millrace.tests.upstream.Asked} is what a request wants, its {@link io.millrace.tests.upstream.Story} the text,
 * {@link io.millrace.tests.upstream.Answering} gives it at the server's pace and has {@link io.millrace.tests.upstream.Faults}
 * happen; the {@link io.millrace.tests.upstream.Journal} remembers. Times are {@link System#nanoTime}, which is one clock
 * for all processes of a Linux machine.
 */
package io.millrace.tests.upstream;
