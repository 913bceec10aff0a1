package io.millrace.connector.jca;

/**
 * What the application holds: a handle on a managed connection, which stays in the pool when the handle closes.
 *
 * @param <M> the managed connection
 */
abstract class ConnectionHandle<M> {

    private volatile M managed;

    ConnectionHandle(M managed) {
        this.managed = managed;
    }

    /** Null once the handle is closed. */
    final M managed() {
        return managed;
    }

    /** @throws IllegalStateException once the handle is closed */
    final M open() {
        M connection = managed;
        if (connection == null) {
            throw new IllegalStateException("this connection is closed; get another from the factory");
        }
        return connection;
    }

    final void associate(M connection) {
        managed = connection;
    }

    /** Gives the connection up; null the second time. */
    final synchronized M detach() {
        M connection = managed;
        managed = null;
        return connection;
    }
}
