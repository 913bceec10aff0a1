package io.millrace.connector.engine;

/** The message listener of the adapter's inbound side (Connectors 2.1, chapter 13). */
public interface EngineEventListener {

    /** Called on a thread of the container's work manager, one event after the other. */
    void onEngineEvent(EngineEvent event);
}
