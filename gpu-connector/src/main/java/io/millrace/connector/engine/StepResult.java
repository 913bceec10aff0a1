package io.millrace.connector.engine;

import java.util.List;

/**
 * What became of a step. Outcomes stand in the order of the plan's work; work that only succeeds or fails silently
 * (open, trim, release) has an outcome only when it failed.
 */
public sealed interface StepResult {

    List<SlotOutcome> outcomes();

    /** Everything was carried out, except for slots reported as failed. */
    record Done(List<SlotOutcome> outcomes, long computeNanos) implements StepResult {}

    /** No KV cells for the batch: none of its prefills and decodes was applied. Release or trim slots and plan anew. */
    record KvCacheFull(List<SlotOutcome> outcomes) implements StepResult {}

    /** {@link EngineConnection#abort} ended the step: nothing of its prefills and decodes was applied. */
    record Aborted(List<SlotOutcome> outcomes) implements StepResult {}
}
