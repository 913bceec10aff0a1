package io.millrace.persistence;

import java.time.Duration;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * The way to PostgreSQL, with a bound on every wait. Each connection is a new one; pooling is the server's task.
 * Thread-safe once it is made.
 */
public class PostgresDataSource extends PGSimpleDataSource {
    private static final long serialVersionUID = 1;

    /**
     * @param url            {@code jdbc:postgresql://HOST:PORT/NAME}
     * @param password       may be empty
     * @param connectTimeout to reach the server and to log in; whole seconds, the rest is dropped
     * @param answerTimeout  to wait for anything from the server; whole seconds, zero: for ever
     */
    @SuppressWarnings("this-escape") // the driver's setters read nothing of a subclass
    public PostgresDataSource(String url, String user, String password, Duration connectTimeout, Duration answerTimeout) {
        setUrl(url);
        setUser(user);
        setPassword(password);
        setApplicationName("millrace");
        setConnectTimeout((int) connectTimeout.toSeconds());
        setLoginTimeout((int) connectTimeout.toSeconds());
        setSocketTimeout((int) answerTimeout.toSeconds());
        setTcpKeepAlive(true);
        // the detail repeats the row's values, which don't belong into a log
        setLogServerErrorDetail(false);
    }

    /** Has the server cancel each statement that takes longer, so that nobody waits for a lock; costs nothing but at the connecting. */
    public PostgresDataSource limitingStatements(Duration patience) {
        setOptions("-c statement_timeout=" + patience.toMillis());
        return this;
    }
}
