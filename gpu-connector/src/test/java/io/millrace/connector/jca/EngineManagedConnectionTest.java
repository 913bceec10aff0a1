package io.millrace.connector.jca;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.engine.EngineConnection;
import io.millrace.connector.engine.EngineEvent;
import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineSpec;
import io.millrace.connector.engine.Sampling;
import io.millrace.connector.engine.SlotId;
import io.millrace.connector.engine.SlotWork;
import io.millrace.connector.engine.StepPlan;
import io.millrace.connector.simulated.Faults;
import io.millrace.connector.simulated.SimulatedEngine;
import jakarta.resource.NotSupportedException;
import jakarta.resource.ResourceException;
import jakarta.resource.spi.ManagedConnection;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class EngineManagedConnectionTest {

    private static final SlotId SLOT = new SlotId(0);

    private final List<EngineEvent> events = new ArrayList<>();
    private final PoolEar pool = new PoolEar();
    private final EngineManagedConnectionFactory factory = new EngineManagedConnectionFactory();

    @Test
    void aClosedHandleGivesItsConnectionBackOnceAndCannotBeUsed() throws ResourceException {
        EngineConnection handle = handle(connection(Faults.none()));
        handle.close();
        handle.close();
        assertEquals(List.of("closed"), pool.heard);
        assertThrows(IllegalStateException.class, handle::model);
    }

    @Test
    void aLostEngineIsToldToThePoolAndToTheEndpointsOnce() throws ResourceException {
        EngineManagedConnection connection = connection(new Faults(1, 1, 0, 0, 0));
        EngineConnection handle = handle(connection);
        assertThrows(EngineException.class, () -> handle.step(new StepPlan(List.of())));
        assertThrows(EngineException.class, () -> handle.step(new StepPlan(List.of())));
        handle.close();
        assertEquals(List.of("error"), pool.heard);
        assertEquals(1, events.size());
        assertTrue(events.getFirst() instanceof EngineEvent.Lost);
        assertFalse(connection.alive());
    }

    @Test
    void cleaningReleasesEverySlotForTheNextHolder() throws ResourceException {
        EngineManagedConnection connection = connection(Faults.none());
        StepPlan open = new StepPlan(List.of(new SlotWork.Open(SLOT, Sampling.GREEDY),
                new SlotWork.Prefill(SLOT, new int[] {'a'}, true)));
        connection.step(open);
        connection.cleanup();
        connection.step(open);
    }

    @Test
    void thePoolFindsOnlyALivingConnectionToTheSameEngine() throws ResourceException {
        ManagedConnection living = connection(Faults.none());
        EngineManagedConnection dead = connection(Faults.none());
        dead.destroy();
        Set<ManagedConnection> pooled = Set.of(living, dead);
        assertSame(living, factory.matchManagedConnections(pooled, null, new SpecRequest<>(spec(4))));
        assertNull(factory.matchManagedConnections(pooled, null, new SpecRequest<>(spec(5))));
        assertEquals(Set.of(dead), factory.getInvalidConnections(pooled));
    }

    @Test
    void opensTheEngineThatIsAskedFor() throws ResourceException {
        ManagedConnection made = factory.createManagedConnection(null, new SpecRequest<>(spec(7)));
        assertEquals(7, handle((EngineManagedConnection) made).model().slots());
    }

    @Test
    void saysWhyAModelCannotBeOpened() {
        EngineSpec missing = new EngineSpec(EngineSpec.Kind.LLAMA, Path.of(System.getProperty("millrace.natives")),
                Path.of("no-such-model.gguf"), 0, 1, 16, 0, EngineSpec.KvType.F16, true, EngineSpec.Toggle.AUTO, 0);
        EngineException thrown = assertThrows(EngineException.class,
                () -> factory.createManagedConnection(null, new SpecRequest<>(missing)));
        assertEquals(EngineException.Code.MODEL_MISSING, thrown.code());
        assertTrue(thrown.getMessage().contains("no-such-model.gguf"), thrown.getMessage());
    }

    @Test
    void takesPartInNoTransaction() {
        EngineManagedConnection connection = connection(Faults.none());
        assertThrows(NotSupportedException.class, connection::getXAResource);
        assertThrows(NotSupportedException.class, connection::getLocalTransaction);
    }

    private EngineManagedConnection connection(Faults faults) {
        EngineManagedConnection connection =
                new EngineManagedConnection(spec(4), new SimulatedEngine(4, 64, 16, faults), events::add);
        connection.addConnectionEventListener(pool);
        return connection;
    }

    private static EngineConnection handle(EngineManagedConnection connection) {
        return (EngineConnection) connection.getConnection(null, null);
    }

    private static EngineSpec spec(int slots) {
        return new EngineSpec(EngineSpec.Kind.SIMULATED, null, Path.of("seed"), 64, slots, 16, 0, EngineSpec.KvType.F16,
                true, EngineSpec.Toggle.AUTO, 0);
    }
}
