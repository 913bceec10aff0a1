package io.millrace.connector.engine;

/** Something that befell an engine or a device, told to a message endpoint. Immutable. */
public sealed interface EngineEvent {

    /** Which engine or device, in words fit for a log line. */
    String engine();

    /** An engine was opened and answers. */
    record Ready(String engine, ModelInfo model) implements EngineEvent {}

    /** An engine can't go on; its slots are gone. */
    record Lost(String engine, String reason) implements EngineEvent {}

    /** An engine answers, but worse than it should. */
    record Degraded(String engine, String reason) implements EngineEvent {}

    /** A device runs out of memory. */
    record DeviceMemoryLow(String engine, long freeBytes, long totalBytes) implements EngineEvent {}
}
