/**
 * What Prometheus reads beside the container's own figures.
 *
 * <p>Payara's MicroProfile histograms can't be used: it counts their buckets in a decaying sample of 1,028 values, so
 * that a bucket's count falls again, and it writes a timer's quantiles in nanoseconds. Histograms here count for ever,
 * in seconds, and are put below the container's text on {@code /metrics} with their true type.
 */
package io.millrace.web.metrics;
