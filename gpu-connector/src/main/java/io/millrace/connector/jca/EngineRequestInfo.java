package io.millrace.connector.jca;

import io.millrace.connector.engine.EngineSpec;
import jakarta.resource.spi.ConnectionRequestInfo;

/** What a connection is wanted to; a record, so that equality is the spec's. */
record EngineRequestInfo(EngineSpec spec) implements ConnectionRequestInfo {
}
