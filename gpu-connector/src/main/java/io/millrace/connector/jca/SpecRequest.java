package io.millrace.connector.jca;

import jakarta.resource.spi.ConnectionRequestInfo;

/** What a connection is wanted to; a record, so that equality is the spec's. */
record SpecRequest<S>(S spec) implements ConnectionRequestInfo {
}
