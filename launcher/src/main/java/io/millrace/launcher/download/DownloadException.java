package io.millrace.launcher.download;

/** A file can't be fetched and trying again would not help; the message is for the person who asked for it. */
public final class DownloadException extends Exception {

    private static final long serialVersionUID = 1L;

    DownloadException(String message) {
        super(message);
    }

    DownloadException(String message, Throwable cause) {
        super(message, cause);
    }
}
