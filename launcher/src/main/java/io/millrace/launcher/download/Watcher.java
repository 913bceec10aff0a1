package io.millrace.launcher.download;

/** Who watches a download. Called by the thread that downloads. */
public interface Watcher {

    /** Something worth a line. */
    void tell(String sentence);

    /**
     * How far it is; called for every piece.
     *
     * @param total bytes; −1 when not known
     */
    void at(long bytes, long total);
}
