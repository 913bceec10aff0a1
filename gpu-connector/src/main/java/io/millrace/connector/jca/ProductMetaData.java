package io.millrace.connector.jca;

import jakarta.resource.spi.ManagedConnectionMetaData;

/** What the container may know of the other side of a connection. Nobody logs on there. */
record ProductMetaData(String getEISProductName, String getEISProductVersion, int getMaxConnections)
        implements ManagedConnectionMetaData {

    @Override
    public String getUserName() {
        return "";
    }
}
