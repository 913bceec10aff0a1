/**
 * Answers that outlive the server that began them: two {@link io.millrace.tests.upstream.UpstreamProcess}es, a Millrace in
 * front, and streams whose upstream fails in the middle. A {@link io.millrace.tests.failover.Drill} does it once or a
 * hundred times, {@link io.millrace.tests.failover.FailoverBenchmark} reports and FailoverIT judges.
 */
package io.millrace.tests.failover;
