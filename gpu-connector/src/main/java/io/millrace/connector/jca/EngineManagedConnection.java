package io.millrace.connector.jca;

import io.millrace.connector.engine.EngineConnection;
import io.millrace.connector.engine.EngineEvent;
import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineSpec;
import io.millrace.connector.engine.ModelInfo;
import io.millrace.connector.engine.SlotId;
import io.millrace.connector.engine.SlotWork;
import io.millrace.connector.engine.StepPlan;
import io.millrace.connector.engine.StepResult;
import jakarta.resource.ResourceException;
import jakarta.resource.spi.ConnectionRequestInfo;
import jakarta.resource.spi.ManagedConnectionMetaData;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import javax.security.auth.Subject;

/**
 * One pooled engine. The pool destroys it when the engine reports that it is lost, and cleans it, that is releases
 * every slot, when its holder gives it back.
 */
public class EngineManagedConnection extends PooledConnection<EngineSpec> {

    /** No step of a healthy engine takes this long: it waits for memory, a device or a processor. */
    private static final Duration SLOW_STEP = Duration.ofSeconds(10);
    private static final Duration TELL_SLOW_EVERY = Duration.ofMinutes(1);

    private final EngineConnection engine;
    private final Consumer<EngineEvent> events;
    private long toldSlowNanos;

    EngineManagedConnection(EngineSpec spec, EngineConnection engine, Consumer<EngineEvent> events) {
        super(spec);
        this.engine = engine;
        this.events = events;
    }

    EngineConnection engine() {
        return engine;
    }

    /** The engine in words, for events and log lines. */
    String name() {
        return engine.model().name() + " on " + engine.model().device();
    }

    StepResult step(StepPlan plan) throws EngineException {
        long start = System.nanoTime();
        StepResult result = engine.step(plan);
        noticeSlowness(start, System.nanoTime());
        return result;
    }

    private void noticeSlowness(long startNanos, long endNanos) {
        boolean toldLately = toldSlowNanos != 0 && endNanos - toldSlowNanos < TELL_SLOW_EVERY.toNanos();
        if (endNanos - startNanos > SLOW_STEP.toNanos() && !toldLately) {
            toldSlowNanos = endNanos;
            events.accept(new EngineEvent.Degraded(name(), "a step took "
                    + Duration.ofNanos(endNanos - startNanos).toSeconds() + " s"));
        }
    }

    /** Reports a dead engine to the pool, which will destroy this connection (Connectors 2.1, section 6.5.7). */
    void lost(EngineConnectionHandle handle, EngineException cause) {
        if (cause.code() == EngineException.Code.ENGINE_LOST && alive()) {
            die();
            events.accept(new EngineEvent.Lost(name(), cause.getMessage()));
            tellBroken(handle, cause);
        }
    }

    void closed(EngineConnectionHandle handle) {
        tellClosed(handle);
    }

    @Override
    public Object getConnection(Subject subject, ConnectionRequestInfo info) {
        return new EngineConnectionHandle(this);
    }

    @Override
    public void associateConnection(Object handle) {
        ((EngineConnectionHandle) handle).associate(this);
    }

    @Override
    public void cleanup() throws ResourceException {
        if (alive()) {
            engine.step(new StepPlan(IntStream.range(0, spec().allSlots())
                    .<SlotWork>mapToObj(slot -> new SlotWork.Release(new SlotId(slot))).toList()));
        }
    }

    @Override
    public void destroy() {
        die();
        engine.close();
    }

    @Override
    public ManagedConnectionMetaData getMetaData() {
        ModelInfo model = engine.model();
        return new ProductMetaData(model.name(), model.architecture() + " " + model.quantisation(), 1);
    }
}
