package io.millrace.connector.jca;

import io.millrace.connector.engine.EngineConnection;
import io.millrace.connector.engine.EngineEvent;
import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineSpec;
import io.millrace.connector.engine.SlotId;
import io.millrace.connector.engine.SlotWork;
import io.millrace.connector.engine.StepPlan;
import io.millrace.connector.engine.StepResult;
import jakarta.resource.NotSupportedException;
import jakarta.resource.ResourceException;
import jakarta.resource.spi.ConnectionEvent;
import jakarta.resource.spi.ConnectionEventListener;
import jakarta.resource.spi.ConnectionRequestInfo;
import jakarta.resource.spi.LocalTransaction;
import jakarta.resource.spi.ManagedConnection;
import jakarta.resource.spi.ManagedConnectionMetaData;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import javax.security.auth.Subject;
import javax.transaction.xa.XAResource;

/**
 * One pooled engine. The pool destroys it when the engine reports that it is lost, and cleans it, that is releases
 * every slot, when its holder gives it back.
 */
public class EngineManagedConnection implements ManagedConnection {

    /** No step of a healthy engine takes this long: it waits for memory, a device or a processor. */
    private static final Duration SLOW_STEP = Duration.ofSeconds(10);
    private static final Duration TELL_SLOW_EVERY = Duration.ofMinutes(1);

    private final EngineSpec spec;
    private final EngineConnection engine;
    private final Consumer<EngineEvent> events;
    private final List<ConnectionEventListener> listeners = new CopyOnWriteArrayList<>();
    private volatile boolean alive = true;
    private long toldSlowNanos;
    private PrintWriter logWriter;

    EngineManagedConnection(EngineSpec spec, EngineConnection engine, Consumer<EngineEvent> events) {
        this.spec = spec;
        this.engine = engine;
        this.events = events;
    }

    EngineSpec spec() {
        return spec;
    }

    EngineConnection engine() {
        return engine;
    }

    boolean alive() {
        return alive;
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
        if (cause.code() == EngineException.Code.ENGINE_LOST && alive) {
            alive = false;
            events.accept(new EngineEvent.Lost(name(), cause.getMessage()));
            notifyPool(ConnectionEvent.CONNECTION_ERROR_OCCURRED, handle, cause);
        }
    }

    void closed(EngineConnectionHandle handle) {
        if (alive) {
            notifyPool(ConnectionEvent.CONNECTION_CLOSED, handle, null);
        }
    }

    private void notifyPool(int id, EngineConnectionHandle handle, Exception cause) {
        ConnectionEvent event = new ConnectionEvent(this, id, cause);
        event.setConnectionHandle(handle);
        for (ConnectionEventListener listener : listeners) {
            if (id == ConnectionEvent.CONNECTION_CLOSED) {
                listener.connectionClosed(event);
            } else {
                listener.connectionErrorOccurred(event);
            }
        }
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
        if (alive) {
            engine.step(new StepPlan(IntStream.range(0, spec.allSlots())
                    .<SlotWork>mapToObj(slot -> new SlotWork.Release(new SlotId(slot))).toList()));
        }
    }

    @Override
    public void destroy() {
        alive = false;
        engine.close();
    }

    @Override
    public void addConnectionEventListener(ConnectionEventListener listener) {
        listeners.add(listener);
    }

    @Override
    public void removeConnectionEventListener(ConnectionEventListener listener) {
        listeners.remove(listener);
    }

    @Override
    public ManagedConnectionMetaData getMetaData() {
        return new EngineMetaData(engine.model());
    }

    @Override
    public XAResource getXAResource() throws ResourceException {
        throw new NotSupportedException("an engine takes part in no transaction");
    }

    @Override
    public LocalTransaction getLocalTransaction() throws ResourceException {
        throw new NotSupportedException("an engine takes part in no transaction");
    }

    @Override
    public PrintWriter getLogWriter() {
        return logWriter;
    }

    @Override
    public void setLogWriter(PrintWriter writer) {
        logWriter = writer;
    }
}
