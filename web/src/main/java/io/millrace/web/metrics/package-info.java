/** What HTTP counts, and the page on which Prometheus reads it. */
package io.millrace.web.metrics;
