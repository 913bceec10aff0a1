package io.millrace.ejb.region;

/**
 * The threads that wait for regions: virtual ones, because waiting is all that they do. Jakarta Concurrency 3.0 has no
 * managed ones; beside the stream writers this is the only place that starts any.
 */
final class RegionThreads {

    private RegionThreads() {}

    static void start(String name, Runnable work) {
        Thread.ofVirtual().name(name).start(work);
    }
}
