package io.millrace.ejb.region;

import io.millrace.connector.remote.RemoteConnectionFactory;
import java.time.Duration;
import java.util.List;

/** Between the passages and what they stand on; this one changes nothing, {@link Sabotage}s do. */
class Mischief {

    Network network(List<Region> regions, String localName, RemoteConnectionFactory servers, int attempts, Duration patience, Hedges hedges) {
        return new Network(regions, localName, servers, attempts, patience, hedges);
    }

    RemoteConnectionFactory servers(RemoteConnectionFactory servers) {
        return servers;
    }

    /** Longest that anything may take before somebody counts as waiting for ever. */
    long patienceMs() {
        return 15_000;
    }

    /** Longest that it may take after the last end until all is given back. */
    long settlingMs() {
        return patienceMs();
    }
}
