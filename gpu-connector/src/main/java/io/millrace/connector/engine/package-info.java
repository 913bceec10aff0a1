/**
 * The boundary between Millrace's policy and whatever computes tokens.
 *
 * <p>The caller decides everything: which sequences exist, which of them prefill how many tokens, which decode, which
 * give way. An engine carries out one {@link io.millrace.connector.engine.StepPlan} at a time and reports what
 * happened. Nothing in this package queues, retries or chooses.
 */
package io.millrace.connector.engine;
