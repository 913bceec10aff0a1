/**
 * What Millrace measures of itself, in seconds, bytes and tokens; names follow OpenTelemetry's {@code gen_ai} where it
 * has one.
 *
 * <p>Payara's MicroProfile histograms can't be used: it counts their buckets in a decaying sample of 1,028 values, so
 * that a bucket's count falls again, and it writes a timer's quantiles in nanoseconds. Histograms here count for ever,
 * in seconds, and the web module puts them below the container's text on {@code /metrics} with their true type.
 */
package io.millrace.ejb.metrics;
