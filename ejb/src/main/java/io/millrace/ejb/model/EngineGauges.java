package io.millrace.ejb.model;

import io.millrace.ejb.batch.BatchLoop;
import io.millrace.ejb.kv.KvDisk;
import io.millrace.ejb.kv.KvStore;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.Initialized;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.util.function.ToDoubleFunction;
import org.eclipse.microprofile.metrics.Metadata;
import org.eclipse.microprofile.metrics.MetricRegistry;

/** What the batch is doing at this moment, read when somebody asks. Thread-safe. */
@ApplicationScoped
public class EngineGauges {

    @Inject
    private MetricRegistry registry;
    @Inject
    private Engines engines;
    @Inject
    private KvDisk disk;

    void register(@Observes @Initialized(ApplicationScoped.class) Object started) {
        gauge("millrace_batch_running", "Sequences in the running batch.", loop -> loop.stats().running());
        gauge("millrace_lanes_waiting", "Sequences that wait in the lanes.", loop -> loop.stats().waiting());
        gauge("millrace_batch_paused", "Sequences that are paused with their KV cells.", loop -> loop.stats().paused());
        gauge("millrace_batch_interruptions", "How often a step was cut short for a request of lane P0.", loop -> loop.stats().stepsInterrupted());
        gauge("millrace_batch_pauses", "How often a sequence was paused for a higher lane.", loop -> loop.stats().pauses());
        gauge("millrace_batch_limit", "Answers of lanes P1 to P3 that may be written at once.",
                loop -> loop.stats().limit());
        gauge("millrace_kv_cells_used", "KV cells that hold tokens.", loop -> loop.stats().cellsUsed());
        gauge("millrace_kv_cells_kept", "Of these, the cells of prompts and answers of the past.",
                loop -> loop.stats().cellsKept());
        gauge("millrace_kv_fragmentation", "Part of the allocated KV cells that is of no use: second copies, and cells that "
                + "are left while a prompt waits for more.", loop -> loop.stats().fragmentation());
        gauge("millrace_kv_tokens_found", "Prompt tokens that were found in KV cells.", loop -> loop.stats().foundTokens());
        gauge("millrace_kv_host_bytes", "KV state of paused answers in host memory.", loop -> loop.stats().hostBytes());
        gauge("millrace_kv_restored", "Sequences that began with a KV state from the disk.", loop -> loop.stats().restores());
        gauge("millrace_kv_cells", "KV cells of the engine.", loop -> loop.model().contextTokens());
        disk("millrace_kv_disk_bytes", "KV states on disk, bytes.", KvStore::bytes);
        disk("millrace_kv_disk_files", "KV states on disk.", KvStore::files);
        disk("millrace_kv_disk_saved", "KV states that were written to the disk.", KvStore::saved);
        disk("millrace_kv_disk_loaded", "KV states that were read from the disk.", KvStore::loaded);
        disk("millrace_kv_disk_damaged", "KV states on disk that could not be used.", KvStore::damaged);
        gauge("millrace_engine_steps", "Steps since the engine was opened.", loop -> loop.stats().steps());
        gauge("millrace_engine_step_tokens", "Tokens put through the model since the engine was opened.",
                loop -> loop.stats().tokens());
        gauge("millrace_engine_step_seconds", "Time spent in steps since the engine was opened.",
                loop -> loop.stats().stepNanos() / 1e9);
        gauge("millrace_engines_replaced", "Engines opened in place of lost ones.", loop -> loop.stats().enginesReplaced());
    }

    private void disk(String name, String help, ToDoubleFunction<KvStore> value) {
        registry.gauge(Metadata.builder().withName(name).withDescription(help).build(), disk,
                each -> each.store().map(store -> value.applyAsDouble(store)).orElse(0.0));
    }

    private void gauge(String name, String help, ToDoubleFunction<BatchLoop> value) {
        registry.gauge(Metadata.builder().withName(name).withDescription(help).build(), engines,
                serving -> serving.serving(null).map(loop -> value.applyAsDouble(loop)).orElse(0.0));
    }
}
